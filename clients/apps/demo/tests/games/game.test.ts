import { expect, test } from "vitest";
import { describeGame, moveFocus, type GameView } from "../../src/games/game.js";

const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

test("arrow keys move over the board and stop at its edges", () => {
  expect(moveFocus(4, "ArrowUp", 3)).toBe(1);
  expect(moveFocus(1, "ArrowUp", 3)).toBe(1);
  expect(moveFocus(2, "ArrowRight", 3)).toBe(2);
  expect(moveFocus(8, "ArrowLeft", 3)).toBe(7);
});

test("the game is told in one sentence", () => {
  const board: GameView = {
    status: "ended",
    players: [ALICE, BOB],
    turn: null,
    winner: 0,
    round: 1,
    away: [],
    gone: [],
    deadline: null,
    result: { winner: 0 },
  };
  const name = (account: string): string => (account === ALICE ? "Alice" : "Bob");
  expect([describeGame(board, 0, name), describeGame(board, 1, name), describeGame(board, null, name)]).toEqual([
    "You won",
    "Alice won",
    "Alice won",
  ]);
  expect(describeGame({ ...board, status: "playing", turn: 1 }, 1, name)).toBe("Your turn");
  expect(describeGame({ ...board, status: "playing", turn: 1 }, 0, name)).toBe("Bob is thinking");
  expect(describeGame({ ...board, status: "waiting", players: [ALICE, null] }, 0, name)).toBe(
    "Waiting for one more player",
  );
  expect(describeGame({ ...board, winner: null, result: { winner: null } }, 0, name)).toBe("A draw");
});

test("a table with a stake says whose it waits for", () => {
  const table: GameView = {
    status: "waiting",
    players: [ALICE, BOB],
    turn: null,
    winner: null,
    round: 0,
    away: [],
    gone: [],
    deadline: null,
    result: null,
    stakes: ["5", "0"],
    unstaked: [1],
  };
  const name = (account: string): string => (account === ALICE ? "Alice" : "Bob");
  const told = (view: GameView): string[] => [0, 1, null].map((seat) => describeGame(view, seat, name));
  expect(told(table)).toEqual(["Waiting for Bob’s stake", "Put in your stake to play", "Waiting for Bob’s stake"]);
  expect(told({ ...table, unstaked: [0, 1] })[2]).toBe("Waiting for the stakes");
  expect(told({ ...table, players: [ALICE, null], unstaked: [0] })[2]).toBe("Waiting for one more player");
  const taken = { ...table, status: "playing", turn: 0 } as const;
  expect(told(taken)).toEqual(["Your turn", "Put in your stake to play", "Alice is thinking"]);
  expect(told({ ...taken, turn: 1 })[0]).toBe("Waiting for Bob’s stake");
});
