// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { describeParty, partOf, ranking, type Party } from "../../../src/games/word-party/party.js";

const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const PARTY: Party = {
  status: "playing",
  players: [ALICE, BOB, null],
  turn: null,
  winner: null,
  round: 1,
  away: [],
  gone: [],
  deadline: null,
  result: null,
  phase: "clues",
  giver: 0,
  turns: 1,
  clues: [],
  wrong: 0,
  guessed: [],
  scores: { "0": 2, "1": 9 },
  word: null,
  letters: 6,
};

test("who gives clues, guesses, knows or looks on is read from the view", () => {
  expect([0, 1, null].map((seat) => partOf(PARTY, seat))).toEqual(["gives", "guesses", "looks on"]);
  expect(partOf({ ...PARTY, guessed: [1] }, 1)).toBe("knows");
  expect(partOf({ ...PARTY, phase: "pause" }, 0)).toBe("knows");
});

test("the best score comes first, and who left is not in the ranking", () => {
  expect(ranking(PARTY).map(({ seat }) => seat)).toEqual([1, 0]);
  expect(ranking({ ...PARTY, gone: [1] }).map(({ seat }) => seat)).toEqual([0]);
});

test("the party is told in one sentence", () => {
  expect(describeParty({ ...PARTY, status: "waiting", players: [ALICE, null] }, 0)).toBe("Waiting for one more player");
  expect(describeParty({ ...PARTY, status: "waiting" }, 0)).toBe("Start when everybody is here");
  expect(describeParty(PARTY, 0)).toBe("Give clues for your word");
  expect(describeParty({ ...PARTY, guessed: [1] }, 1)).toBe("You found it");
  expect(describeParty({ ...PARTY, phase: "pause", word: "anchor" }, null)).toBe("The word was anchor");
  expect(describeParty({ ...PARTY, status: "ended", result: { winner: null } }, 0)).toBe("A draw");
});
