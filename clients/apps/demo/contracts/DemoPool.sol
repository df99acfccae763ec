// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title One side of the demo's pool: it has a name and decimals, and nobody holds any.
contract DemoToken {
    string public symbol;
    uint8 public immutable decimals;

    constructor(string memory symbol_, uint8 decimals_) {
        symbol = symbol_;
        decimals = decimals_;
    }
}

/// @title A pool of ETH and USD with the events, views and formula of Uniswap v2, for a chart to show.
/// @notice It moves no tokens: its reserves are numbers, and anybody may trade against them.
contract DemoPool {
    address public immutable token0;
    address public immutable token1;
    uint112 private reserve0 = 1000 ether;
    uint112 private reserve1 = 2_000_000 * 10 ** 6;

    event Sync(uint112 reserve0, uint112 reserve1);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );

    constructor() {
        token0 = address(new DemoToken("ETH", 18));
        token1 = address(new DemoToken("USD", 6));
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, 0);
    }

    /// @notice Pay so many USD for ETH, at a fee of 0.3 %.
    function buy(uint256 paid) external {
        uint256 got = _out(paid, reserve1, reserve0);
        _move(reserve0 - got, reserve1 + paid);
        emit Swap(msg.sender, 0, paid, got, 0, msg.sender);
    }

    /// @notice Pay so much ETH for USD, at a fee of 0.3 %.
    function sell(uint256 paid) external {
        uint256 got = _out(paid, reserve0, reserve1);
        _move(reserve0 + paid, reserve1 - got);
        emit Swap(msg.sender, paid, 0, 0, got, msg.sender);
    }

    function _out(uint256 paid, uint256 into, uint256 from) private pure returns (uint256) {
        return (paid * 997 * from) / (into * 1000 + paid * 997);
    }

    function _move(uint256 new0, uint256 new1) private {
        require(new0 <= type(uint112).max && new1 <= type(uint112).max);
        (reserve0, reserve1) = (uint112(new0), uint112(new1));
        emit Sync(reserve0, reserve1);
    }
}
