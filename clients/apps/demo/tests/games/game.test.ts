import { expect, test } from "vitest";
import { ALICE } from "../../../../packages/client/tests/fake-socket.js";
import { describeGame, moveFocus, type GameView } from "../../src/games/game.js";
import { VIEW } from "./view.js";

test("arrow keys move over the board and stop at its edges", () => {
  expect(moveFocus(4, "ArrowUp", 3)).toBe(1);
  expect(moveFocus(1, "ArrowUp", 3)).toBe(1);
  expect(moveFocus(2, "ArrowRight", 3)).toBe(2);
  expect(moveFocus(8, "ArrowLeft", 3)).toBe(7);
});

test("the game is told in one sentence", () => {
  const board: GameView = { ...VIEW, status: "ended", turn: null, winner: 0, result: { winner: 0 } };
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
  const table: GameView = { ...VIEW, status: "waiting", turn: null, round: 0, stakes: ["5", "0"], unstaked: [1] };
  const name = (account: string): string => (account === ALICE ? "Alice" : "Bob");
  const told = (view: GameView): string[] => [0, 1, null].map((seat) => describeGame(view, seat, name));
  expect(told(table)).toEqual(["Waiting for Bob’s stake", "Put in your stake to play", "Waiting for Bob’s stake"]);
  expect(told({ ...table, unstaked: [0, 1] })[2]).toBe("Waiting for the stakes");
  expect(told({ ...table, players: [ALICE, null], unstaked: [0] })[2]).toBe("Waiting for one more player");
  const taken = { ...table, status: "playing", turn: 0 } as const;
  expect(told(taken)).toEqual(["Your turn", "Put in your stake to play", "Alice is thinking"]);
  expect(told({ ...taken, turn: 1 })[0]).toBe("Waiting for Bob’s stake");
});
