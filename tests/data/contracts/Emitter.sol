// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Emits what a test asks for.
contract Emitter {
    event Ping(address indexed who, uint256 value);
    event Note(uint8 indexed kind, string text, bytes data);
    event Transfer(address indexed from, address indexed to, uint256 value);

    function ping(uint256 value) external {
        emit Ping(msg.sender, value);
    }

    /// `count` pings with consecutive values, in one transaction.
    function burst(uint256 first, uint256 count) external {
        for (uint256 i = 0; i < count; i++) emit Ping(msg.sender, first + i);
    }

    function note(uint8 kind, string calldata text, bytes calldata data) external {
        emit Note(kind, text, data);
    }

    /// A Note whose string is not UTF-8.
    function garble() external {
        emit Note(7, string(bytes(hex"fffefd")), hex"00");
    }

    function transfer(address to, uint256 value) external {
        emit Transfer(msg.sender, to, value);
    }

    /// Emits, then undoes it all.
    function fail() external {
        emit Ping(msg.sender, 666);
        revert("no");
    }
}
