// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The pot of one demo table.
/// @notice Shows how a contract's event enters a room. It pays nobody for winning: a stake is its player's own, and
/// goes back to that player, and to nobody else, when they ask.
contract Stake {
    /// @notice What each player has in the pot, in wei.
    mapping(address player => uint256 amount) public stakeOf;

    event Staked(address indexed player, uint256 amount);
    event Refunded(address indexed player, uint256 amount);

    error NothingSent();
    error NothingStaked();
    error RefundFailed();

    /// @notice Add what is sent to the sender's stake.
    function stake() external payable {
        if (msg.value == 0) revert NothingSent();
        stakeOf[msg.sender] += msg.value;
        emit Staked(msg.sender, msg.value);
    }

    /// @notice Take the sender's whole stake back. Set to zero before the transfer, so that it cannot be taken twice.
    function refund() external {
        uint256 amount = stakeOf[msg.sender];
        if (amount == 0) revert NothingStaked();
        stakeOf[msg.sender] = 0;
        emit Refunded(msg.sender, amount);
        (bool sent, ) = msg.sender.call{value: amount}("");
        if (!sent) revert RefundFailed();
    }
}
