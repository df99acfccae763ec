// SPDX-License-Identifier: MIT
// Small pools with the events, views and formulas of Uniswap v2, v3 and v4, for tests: no LP tokens, no oracle, no fee in v3 and v4.
pragma solidity ^0.8.20;

contract Token {
    string public symbol;
    uint8 public decimals;
    mapping(address => uint256) public balanceOf;
    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(string memory symbol_, uint8 decimals_) { symbol = symbol_; decimals = decimals_; }

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

/// Answers `decimals` as it is told to: reverting, nothing, 2^256 - 1, or a long answer.
contract OddToken {
    uint256 public mode;
    constructor(uint256 mode_) { mode = mode_; }
    fallback() external {
        if (mode == 0) revert("no decimals");
        if (mode == 1) return;
        if (mode == 2) assembly { mstore(0, not(0)) return(0, 32) }
        assembly { return(0, 100000) }
    }
}

interface IToken {
    function balanceOf(address) external view returns (uint256);
    function transfer(address, uint256) external returns (bool);
}

contract Pair {
    address public factory;
    address public token0;
    address public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to);
    event Sync(uint112 reserve0, uint112 reserve1);

    constructor(address token0_, address token1_) { factory = msg.sender; token0 = token0_; token1 = token1_; }

    function getReserves() external view returns (uint112, uint112, uint32) { return (reserve0, reserve1, 0); }

    function sync() public {
        reserve0 = uint112(IToken(token0).balanceOf(address(this)));
        reserve1 = uint112(IToken(token1).balanceOf(address(this)));
        emit Sync(reserve0, reserve1);
    }

    function swap(uint256 out0, uint256 out1, address to) external {
        (uint256 r0, uint256 r1) = (reserve0, reserve1);
        require(out0 < r0 && out1 < r1, "LIQUIDITY");
        if (out0 > 0) IToken(token0).transfer(to, out0);
        if (out1 > 0) IToken(token1).transfer(to, out1);
        uint256 b0 = IToken(token0).balanceOf(address(this));
        uint256 b1 = IToken(token1).balanceOf(address(this));
        uint256 in0 = b0 > r0 - out0 ? b0 - (r0 - out0) : 0;
        uint256 in1 = b1 > r1 - out1 ? b1 - (r1 - out1) : 0;
        require(in0 > 0 || in1 > 0, "INPUT");
        require((b0 * 1000 - in0 * 3) * (b1 * 1000 - in1 * 3) >= r0 * r1 * 1000 ** 2, "K");
        sync();
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }
}

contract PairFactory {
    mapping(address => mapping(address => address)) public getPair;
    uint256 private count;
    event PairCreated(address indexed token0, address indexed token1, address pair, uint256);

    function createPair(address a, address b) external returns (address pair) {
        (address token0, address token1) = a < b ? (a, b) : (b, a);
        pair = address(new Pair(token0, token1));
        getPair[token0][token1] = getPair[token1][token0] = pair;
        emit PairCreated(token0, token1, pair, ++count);
    }
}

contract Pool {
    address public factory;
    address public token0;
    address public token1;
    uint24 public fee;
    int24 public tickSpacing;
    uint160 private root;
    int24 private tick;
    uint128 public liquidity;
    mapping(int16 => uint256) public tickBitmap;
    mapping(int24 => int128) private nets;
    event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick);

    constructor(address token0_, address token1_, uint24 fee_, int24 spacing) {
        (factory, token0, token1, fee, tickSpacing) = (msg.sender, token0_, token1_, fee_, spacing);
    }

    function initialize(uint160 root_, int24 tick_) external { (root, tick) = (root_, tick_); }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (root, tick, 0, 1, 1, 0, true);
    }

    function ticks(int24 at) external view returns (uint128, int128, uint256, uint256, int56, uint160, uint32, bool) {
        int128 net = nets[at];
        return (uint128(net < 0 ? -net : net), net, 0, 0, 0, 0, 0, net != 0);
    }

    function mint(int24 lower, int24 upper, uint128 amount) external {
        _update(lower, int128(amount));
        _update(upper, -int128(amount));
        if (lower <= tick && tick < upper) liquidity += amount;
    }

    function _update(int24 at, int128 change) private {
        nets[at] += change;
        int24 compressed = at / tickSpacing;
        tickBitmap[int16(compressed >> 8)] |= 1 << uint8(int8(compressed % 256));
    }

    /// Swaps an exact input inside one range; `tick_` is where it leads, as the caller computed it.
    function swap(address recipient, bool zeroForOne, uint256 amountIn, int24 tick_) external {
        uint256 l = liquidity;
        uint256 before = root;
        uint256 next = zeroForOne
            ? ((l << 96) * before) / ((l << 96) + amountIn * before)
            : before + (amountIn << 96) / l;
        (int256 amount0, int256 amount1) = zeroForOne
            ? (int256(amountIn), -int256((l * (before - next)) >> 96))
            : (-int256((((l << 96) / before) * (next - before)) / next), int256(amountIn));
        (root, tick) = (uint160(next), tick_);
        emit Swap(msg.sender, recipient, amount0, amount1, uint160(next), liquidity, tick_);
    }

    /// Emits a swap that is no trade: both amounts paid in.
    function gift(int256 amount0, int256 amount1) external {
        emit Swap(msg.sender, msg.sender, amount0, amount1, root, liquidity, tick);
    }
}

contract PoolFactory {
    mapping(address => mapping(address => mapping(uint24 => address))) public getPool;
    event PoolCreated(address indexed token0, address indexed token1, uint24 indexed fee, int24 tickSpacing, address pool);

    function createPool(address a, address b, uint24 fee, int24 spacing) external returns (address pool) {
        (address token0, address token1) = a < b ? (a, b) : (b, a);
        pool = address(new Pool(token0, token1, fee, spacing));
        getPool[token0][token1][fee] = getPool[token1][token0][fee] = pool;
        emit PoolCreated(token0, token1, fee, spacing, pool);
    }
}

/// Holds every v4 pool under the hash of its key; the amounts of its events are the swapper's.
contract PoolManager {
    struct Key { address currency0; address currency1; uint24 fee; int24 tickSpacing; address hooks; }
    mapping(bytes32 => uint160) private roots;
    event Initialize(bytes32 indexed id, address indexed currency0, address indexed currency1, uint24 fee, int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick);
    event Swap(bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint24 fee);

    function initialize(address currency0, address currency1, uint24 fee, uint160 root) external {
        bytes32 id = keccak256(abi.encode(Key(currency0, currency1, fee, 60, address(0))));
        roots[id] = root;
        emit Initialize(id, currency0, currency1, fee, 60, address(0), root, 0);
    }

    /// Swaps an exact input where the liquidity is 10^18 at every price.
    function swap(bytes32 id, bool zeroForOne, uint128 amountIn) external {
        (uint256 l, uint256 before) = (10 ** 18, roots[id]);
        require(before > 0, "POOL");
        uint256 next = zeroForOne
            ? ((l << 96) * before) / ((l << 96) + amountIn * before)
            : before + (uint256(amountIn) << 96) / l;
        (int128 amount0, int128 amount1) = zeroForOne
            ? (-int128(amountIn), int128(int256((l * (before - next)) >> 96)))
            : (int128(int256((((l << 96) / before) * (next - before)) / next)), -int128(amountIn));
        roots[id] = uint160(next);
        emit Swap(id, msg.sender, amount0, amount1, uint160(next), uint128(l), 0, 3000);
    }
}

/// Emits what CoW Protocol's settlement and UniswapX's reactors emit.
contract Venues {
    event Trade(address indexed owner, address sellToken, address buyToken, uint256 sellAmount, uint256 buyAmount, uint256 feeAmount, bytes orderUid);
    event Fill(bytes32 indexed orderHash, address indexed filler, address indexed swapper, uint256 nonce);

    function settle(address owner, address sell, address buy, uint256 sold, uint256 bought, bytes calldata uid) external {
        emit Trade(owner, sell, buy, sold, bought, 0, uid);
    }

    function fill(bytes32 order, address swapper) external { emit Fill(order, msg.sender, swapper, 1); }
}
