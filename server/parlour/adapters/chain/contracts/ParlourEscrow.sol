// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title The reference escrow of Parlour's settled games.
/// @notice Holds what the players of a table put in, and pays it out by the result that the table's referee signed, or
/// that all its players signed. A second referee may correct a result while its window is open; without any result
/// every stake goes back once the deadline has passed. Nobody owns this contract, and nobody can change it.
/// @dev A game is named by the hash of its terms, so whoever joins has agreed to all of them, and nobody can open a
/// table in somebody's way. Every payment is drawn by its owner: no recipient can hold up another one's money.
contract ParlourEscrow is EIP712 {
    /// @notice What everybody who joins agrees to.
    /// @param table SHA-256 of the room's id and epoch.
    /// @param nonce The round that is played at the table, from 1.
    /// @param stake What each player puts in, in wei.
    /// @param referee Signs results; zero where the players alone do.
    /// @param arbiters The second referee: `quorum` of them correct a claimed result.
    /// @param window Seconds between a referee's claim and its settlement.
    /// @param duration Seconds from the opening until every stake may be drawn back.
    struct Terms {
        bytes32 table;
        uint256 nonce;
        uint256 stake;
        address referee;
        address[] arbiters;
        uint256 quorum;
        uint64 window;
        uint64 duration;
    }

    /// @notice What a referee or the players sign (EIP-712).
    /// @param transcript Hash of the room's log before the entry that ended the game.
    /// @param payout What each of `players` gets, in wei: together what they put in.
    struct GameResult {
        bytes32 table;
        bytes32 transcript;
        address[] players;
        uint256[] payout;
        uint256 nonce;
    }

    enum State {
        None,
        Open,
        Claimed,
        Settled,
        Refunded
    }

    /// @param deadline From this second on no claim is taken, and an open game's stakes go back.
    /// @param settleAt The second from which a claimed result is paid.
    /// @param joined How many have put a stake in.
    /// @param result Hash of the claimed result.
    struct Game {
        State state;
        uint64 deadline;
        uint64 settleAt;
        uint64 joined;
        bytes32 result;
    }

    bytes32 private constant RESULT =
        keccak256("GameResult(bytes32 table,bytes32 transcript,address[] players,uint256[] payout,uint256 nonce)");
    /// @notice Players of one result: what a claim checks of them grows with their square.
    uint256 public constant MOST_PLAYERS = 100;

    /// @notice A game, by the hash of its terms.
    mapping(bytes32 id => Game game) public games;
    /// @notice What an account has in a game, in wei.
    mapping(bytes32 id => mapping(address player => uint256 amount)) public stakeOf;
    /// @notice What an account may withdraw, in wei.
    mapping(address account => uint256 amount) public balanceOf;

    event Opened(bytes32 indexed table, uint256 nonce, bytes32 id, uint256 deadline);
    event Joined(bytes32 indexed table, address indexed player, uint256 nonce, bytes32 id, uint256 amount);
    event Claimed(bytes32 indexed table, uint256 nonce, bytes32 id, bytes32 transcript, uint256 settleAt);
    event Disputed(bytes32 indexed table, uint256 nonce, bytes32 id, bytes32 transcript);
    event Settled(bytes32 indexed table, uint256 nonce, bytes32 id, bytes32 transcript);
    event Refunded(bytes32 indexed table, address indexed player, uint256 nonce, bytes32 id, uint256 amount);
    event Withdrawn(address indexed account, address to, uint256 amount);

    error AlreadyJoined();
    error BadQuorum();
    error NoStake(address player);
    error NothingToWithdraw();
    error NotInTime();
    error NotSigned();
    error OtherResult();
    error OtherTable();
    error TwiceInResult(address player);
    error WithdrawalFailed();
    error WrongPayout();
    error WrongStake();
    error WrongState(State state);

    constructor() EIP712("ParlourEscrow", "1") {}

    /// @notice The name of a game.
    function idOf(Terms calldata terms) public pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    /// @notice What a referee and the players sign.
    function digestOf(GameResult calldata result) public view returns (bytes32) {
        return _hashTypedDataV4(_hashOf(result));
    }

    /// @notice Open a game, which starts its deadline; anybody may, and the first to join does it if nobody has.
    function open(Terms calldata terms) public returns (bytes32 id) {
        id = idOf(terms);
        _check(id, State.None);
        if (terms.quorum > terms.arbiters.length) revert BadQuorum();
        uint64 deadline = uint64(block.timestamp) + terms.duration;
        games[id] = Game(State.Open, deadline, 0, 0, 0);
        emit Opened(terms.table, terms.nonce, id, deadline);
    }

    /// @notice Put the stake in.
    function join(Terms calldata terms) external payable {
        bytes32 id = idOf(terms);
        if (games[id].state == State.None) open(terms);
        _check(id, State.Open);
        Game storage game = games[id];
        if (block.timestamp >= game.deadline) revert NotInTime();
        if (msg.value == 0 || msg.value != terms.stake) revert WrongStake();
        if (stakeOf[id][msg.sender] != 0) revert AlreadyJoined();
        stakeOf[id][msg.sender] = msg.value;
        game.joined++;
        emit Joined(terms.table, msg.sender, terms.nonce, id, msg.value);
    }

    /// @notice Bring a result: the referee's, which its window holds back, or that of all who joined, which none does.
    /// @param signatures The referee's alone, or one of each player in the result's order.
    function claim(Terms calldata terms, GameResult calldata result, bytes[] calldata signatures) external {
        bytes32 id = idOf(terms);
        _check(id, State.Open);
        Game storage game = games[id];
        if (block.timestamp >= game.deadline) revert NotInTime();
        _checkResult(id, terms, result);
        bytes32 hash = _hashOf(result);
        bytes32 digest = _hashTypedDataV4(hash);
        uint64 settleAt = uint64(block.timestamp);
        if (signatures.length == 1 && _signed(terms.referee, digest, signatures[0])) settleAt += terms.window;
        else if (!_agreed(game, result, digest, signatures)) revert NotSigned();
        game.state = State.Claimed;
        game.settleAt = settleAt;
        game.result = hash;
        emit Claimed(terms.table, terms.nonce, id, result.transcript, settleAt);
    }

    /// @notice Put another result in the place of a claimed one while its window is open; that one is final.
    /// @param signatures One for each arbiter in the order of the terms, empty for those who did not sign; or one of
    /// each player in the result's order.
    function dispute(Terms calldata terms, GameResult calldata result, bytes[] calldata signatures) external {
        bytes32 id = idOf(terms);
        _check(id, State.Claimed);
        Game storage game = games[id];
        if (block.timestamp >= game.settleAt) revert NotInTime();
        _checkResult(id, terms, result);
        bytes32 hash = _hashOf(result);
        bytes32 digest = _hashTypedDataV4(hash);
        if (!_arbitrated(terms, digest, signatures) && !_agreed(game, result, digest, signatures)) revert NotSigned();
        game.settleAt = uint64(block.timestamp);
        game.result = hash;
        emit Disputed(terms.table, terms.nonce, id, result.transcript);
    }

    /// @notice Credit a claimed result once its window is over; anybody may.
    function settle(Terms calldata terms, GameResult calldata result) external {
        bytes32 id = idOf(terms);
        _check(id, State.Claimed);
        Game storage game = games[id];
        if (block.timestamp < game.settleAt) revert NotInTime();
        if (_hashOf(result) != game.result) revert OtherResult();
        game.state = State.Settled;
        for (uint256 i = 0; i < result.players.length; i++) {
            stakeOf[id][result.players[i]] = 0;
            balanceOf[result.players[i]] += result.payout[i];
        }
        emit Settled(terms.table, terms.nonce, id, result.transcript);
    }

    /// @notice Credit a player's own stake: after the deadline of a game without a claim, and to whoever joined a game
    /// that was settled without them. Anybody may call it for anybody.
    function refund(Terms calldata terms, address player) external {
        bytes32 id = idOf(terms);
        Game storage game = games[id];
        if (game.state == State.Open) {
            if (block.timestamp < game.deadline) revert NotInTime();
            game.state = State.Refunded;
        } else if (game.state != State.Settled && game.state != State.Refunded) revert WrongState(game.state);
        uint256 amount = stakeOf[id][player];
        if (amount == 0) revert NoStake(player);
        stakeOf[id][player] = 0;
        balanceOf[player] += amount;
        emit Refunded(terms.table, player, terms.nonce, id, amount);
    }

    /// @notice Draw all that the sender may withdraw; to another address where the sender cannot take ether itself.
    function withdraw(address payable to) external {
        uint256 amount = balanceOf[msg.sender];
        if (amount == 0) revert NothingToWithdraw();
        balanceOf[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        (bool sent, ) = to.call{value: amount}("");
        if (!sent) revert WithdrawalFailed();
    }

    function _check(bytes32 id, State wanted) private view {
        State state = games[id].state;
        if (state != wanted) revert WrongState(state);
    }

    /// @dev Whatever passes here can be settled: every player has a stake and is named once, and the payouts are
    /// together what these players put in.
    function _checkResult(bytes32 id, Terms calldata terms, GameResult calldata result) private view {
        if (result.table != terms.table || result.nonce != terms.nonce) revert OtherTable();
        uint256 count = result.players.length;
        if (count == 0 || count > MOST_PLAYERS || count != result.payout.length) revert WrongPayout();
        uint256 paid;
        for (uint256 i = 0; i < count; i++) {
            address player = result.players[i];
            if (stakeOf[id][player] == 0) revert NoStake(player);
            for (uint256 j = 0; j < i; j++) if (result.players[j] == player) revert TwiceInResult(player);
            paid += result.payout[i];
        }
        if (paid != count * terms.stake) revert WrongPayout();
    }

    /// @dev All who joined, whoever they are: a player alone cannot agree with itself.
    function _agreed(
        Game storage game,
        GameResult calldata result,
        bytes32 digest,
        bytes[] calldata signatures
    ) private view returns (bool) {
        uint256 count = result.players.length;
        if (count != game.joined || count != signatures.length) return false;
        for (uint256 i = 0; i < count; i++) if (!_signed(result.players[i], digest, signatures[i])) return false;
        return true;
    }

    function _arbitrated(
        Terms calldata terms,
        bytes32 digest,
        bytes[] calldata signatures
    ) private view returns (bool) {
        uint256 count = terms.arbiters.length;
        if (terms.quorum == 0 || count != signatures.length) return false;
        uint256 signed;
        for (uint256 i = 0; i < count; i++) {
            if (signatures[i].length != 0 && _signed(terms.arbiters[i], digest, signatures[i])) signed++;
        }
        return signed >= terms.quorum;
    }

    function _signed(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        return SignatureChecker.isValidSignatureNow(signer, digest, signature);
    }

    function _hashOf(GameResult calldata result) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    RESULT,
                    result.table,
                    result.transcript,
                    keccak256(abi.encodePacked(result.players)),
                    keccak256(abi.encodePacked(result.payout)),
                    result.nonce
                )
            );
    }
}
