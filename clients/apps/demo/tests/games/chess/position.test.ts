import { expect, test } from "vitest";
import {
  describeMove,
  movesFrom,
  piecesOf,
  squareName,
  squareOf,
  taken,
  uciOf,
} from "../../../src/games/chess/position.js";

const START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

test("a position is read square by square from a8 to h1", () => {
  const cells = piecesOf(START);
  expect(cells).toHaveLength(64);
  expect(cells[0]).toEqual({ kind: "rook", color: "black" });
  expect(cells[squareOf("e1")]).toEqual({ kind: "king", color: "white" });
  expect(cells[squareOf("e4")]).toBeNull();
});

test("every square has the name it is found by", () => {
  for (let square = 0; square < 64; square++) expect(squareOf(squareName(square))).toBe(square);
});

test("what may be played from a square is what the server says", () => {
  const legal = "a7a8b a7a8n a7a8q a7a8r a7b8q e2e4";
  expect([...movesFrom(legal, squareOf("e2"))]).toEqual([[squareOf("e4"), []]]);
  expect(movesFrom(legal, squareOf("a7")).get(squareOf("a8"))).toEqual(["queen", "rook", "bishop", "knight"]);
  expect(movesFrom("", squareOf("e2")).size).toBe(0);
});

test("a move is written as the server reads it", () => {
  expect(uciOf(squareOf("e2"), squareOf("e4"))).toBe("e2e4");
  expect(uciOf(squareOf("a7"), squareOf("a8"), "knight")).toBe("a7a8n");
});

test("taken pieces are told, and a pawn that became a queen was not taken", () => {
  expect(taken(piecesOf(START), "white")).toEqual([]);
  const cells = piecesOf("rnbqkbnr/1ppppppp/8/8/8/8/1PPPPPP1/QNBQKB1R w Kkq - 0 9");
  expect(taken(cells, "black")).toEqual(["pawn"]);
  expect(taken(cells, "white")).toEqual(["rook", "knight", "pawn"]);
});

test("a move is said in words", () => {
  const cells = piecesOf("r3k2r/8/8/8/4P3/8/8/R4RK1 b kq - 0 1");
  expect(describeMove("e2e4", cells)).toBe("pawn e2 to e4");
  expect(describeMove("e1g1", cells)).toBe("castled short");
  expect(describeMove("e7e8q", piecesOf("4Q3/8/8/8/8/8/8/8 b - - 0 1"))).toBe("pawn e7 to e8, now a queen");
});
