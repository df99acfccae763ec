// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

/// An ERC-20 of OpenZeppelin's that anybody mints and burns.
contract Coin is ERC20 {
    constructor() ERC20("Coin", "COIN") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        _burn(from, amount);
    }
}

/// An ERC-721 of OpenZeppelin's that anybody mints and burns.
contract Badge is ERC721 {
    constructor() ERC721("Badge", "BDG") {}

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }

    function burn(uint256 id) external {
        _burn(id);
    }
}

/// An ERC-1155 of OpenZeppelin's that anybody mints.
contract Items is ERC1155 {
    constructor() ERC1155("") {}

    function mint(address to, uint256 id, uint256 amount) external {
        _mint(to, id, amount, "");
    }

    function move(address from, address to, uint256[] calldata ids, uint256[] calldata amounts) external {
        _safeBatchTransferFrom(from, to, ids, amounts, "");
    }
}

/// A staking contract: no event tells of the end of a stake.
contract Staking {
    mapping(address => uint256) public stakedOf;

    function set(address who, uint256 amount) external {
        stakedOf[who] = amount;
    }
}

/// A token that does what gates must survive: `mode` 0 is honest and says 1, 1 reverts, 2 answers nothing, 3 answers the
/// largest number, 4 answers a megabyte, 5 burns all gas.
contract Hostile {
    uint256 public mode;
    event Transfer(address indexed from, address indexed to, uint256 value);

    function set(uint256 to) external {
        mode = to;
    }

    function touch(address who) external {
        emit Transfer(who, address(0), 1);
    }

    function balanceOf(address) external view returns (uint256) {
        if (mode == 1) revert("no");
        if (mode == 2) assembly { return(0, 0) }
        if (mode == 3) return type(uint256).max;
        if (mode == 4) assembly { return(0, 0x20000) }
        if (mode == 5) while (gasleft() > 0) {}
        return 1;
    }
}

/// The part of delegate.xyz v2 (github.com/delegatexyz/delegate-registry) that gates ask: whole-wallet delegations.
contract Delegates {
    mapping(address => mapping(address => bool)) public all;
    event DelegateAll(address indexed from, address indexed to, bytes32 rights, bool enable);

    function delegateAll(address to, bytes32 rights, bool enable) external {
        all[msg.sender][to] = enable;
        emit DelegateAll(msg.sender, to, rights, enable);
    }

    function checkDelegateForAll(address to, address from, bytes32) public view returns (bool) {
        return all[from][to];
    }

    function checkDelegateForContract(address to, address from, address, bytes32) external view returns (bool) {
        return all[from][to];
    }

    function checkDelegateForERC721(address to, address from, address, uint256, bytes32) external view returns (bool) {
        return all[from][to];
    }

    function checkDelegateForERC20(address to, address from, address, bytes32) external view returns (uint256) {
        return all[from][to] ? type(uint256).max : 0;
    }

    function checkDelegateForERC1155(address to, address from, address, uint256, bytes32)
        external
        view
        returns (uint256)
    {
        return all[from][to] ? type(uint256).max : 0;
    }
}

/// `aggregate3` and `getEthBalance` as Multicall3 has them (github.com/mds1/multicall, MIT).
contract Batch {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (results[i].success, results[i].returnData) = calls[i].target.call(calls[i].callData);
            require(calls[i].allowFailure || results[i].success, "Multicall3: call failed");
        }
    }

    function getEthBalance(address who) external view returns (uint256) {
        return who.balance;
    }
}
