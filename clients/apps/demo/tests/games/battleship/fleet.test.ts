import { expect, test } from "vitest";
import {
  cellName,
  cellsOf,
  completeFleet,
  describeSea,
  fits,
  LENGTHS,
  markOf,
  nextLength,
  shipAt,
  shipsAfloat,
  type Sea,
  type Ship,
} from "../../../src/games/battleship/fleet.js";

const SHIP: Ship = { cell: 11, length: 2, down: true };

test("cells are named as on a chart", () => {
  expect([0, 9, 34, 99].map(cellName)).toEqual(["A1", "J1", "E4", "J10"]);
});

test("a ship at the edge is moved until it lies on the board", () => {
  expect(cellsOf(shipAt(9, 3, false))).toEqual([7, 8, 9]);
  expect(cellsOf(shipAt(95, 3, true))).toEqual([75, 85, 95]);
  expect(cellsOf(shipAt(34, 2, false))).toEqual([34, 35]);
});

test("ships are placed longest first, and never across each other", () => {
  expect(nextLength([])).toBe(5);
  const three = { cell: 0, length: 3, down: false };
  expect(nextLength([{ cell: 50, length: 5, down: false }, { cell: 60, length: 4, down: false }, three])).toBe(3);
  expect(fits({ cell: 2, length: 2, down: true }, [three])).toBe(false);
  expect(fits({ cell: 3, length: 2, down: true }, [three])).toBe(true);
});

test("a fleet placed at random is whole, on the board and without overlaps", () => {
  for (let round = 0; round < 200; round++) {
    const fleet = completeFleet([SHIP]);
    const cells = fleet.flatMap(cellsOf);
    expect(fleet[0]).toBe(SHIP);
    expect(fleet.map(({ length }) => length).sort()).toEqual([...LENGTHS].sort());
    expect(new Set(cells).size).toBe(17);
    expect(cells.every((cell) => cell >= 0 && cell < 100)).toBe(true);
    for (const ship of fleet.filter(({ down }) => !down))
      expect(new Set(cellsOf(ship).map((cell) => Math.floor(cell / 10))).size).toBe(1);
  }
});

test("a cell shows what is known of it, and a ship sinks with its last cell", () => {
  const sea: Sea = { placed: true, ships: [SHIP], shots: [{ cell: 11, hit: true }] };
  expect([11, 21, 12].map((cell) => markOf(cell, sea))).toEqual(["hit", "ship", "free"]);
  const hidden: Sea = { ...sea, ships: [], shots: [...sea.shots, { cell: 12, hit: false }] };
  expect([11, 21, 12].map((cell) => markOf(cell, hidden))).toEqual(["hit", "free", "miss"]);
  const sunk: Sea = { ...sea, shots: [...sea.shots, { cell: 21, hit: true }] };
  expect([11, 21].map((cell) => markOf(cell, sunk))).toEqual(["sunk", "sunk"]);
  expect([shipsAfloat(sea), shipsAfloat(sunk)]).toEqual([5, 4]);
  expect(describeSea(sunk)).toBe("2 hits, 0 misses, 4 of 5 ships afloat");
});
