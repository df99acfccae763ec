// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token that its own contract sells, whole ones at a fixed price, so that a gated room can be opened with it.
contract Pass {
    string public constant name = "Parlour demo pass";
    string public constant symbol = "PASS";
    uint8 public constant decimals = 0;
    uint256 public constant price = 0.01 ether;

    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    error WrongPrice();
    error NotEnough();

    /// @notice Buy as many as the ether that is sent along pays for; nothing is given back.
    function buy() external payable {
        uint256 count = msg.value / price;
        if (count == 0 || count * price != msg.value) revert WrongPrice();
        totalSupply += count;
        balanceOf[msg.sender] += count;
        emit Transfer(address(0), msg.sender, count);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        if (balanceOf[msg.sender] < value) revert NotEnough();
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}
