import { expect, test } from "vitest";
import { formatBytes, formatDuration, formatEther, shortAccount } from "../src/format.js";

const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

test("durations and bytes are put shortly", () => {
  expect([8_200, 61_000, 3_700_000, 90_000_000].map(formatDuration)).toEqual(["8 s", "1 min", "1 h 1 min", "1 d 1 h"]);
  expect([0, 999, 1_500, 82_300_000].map(formatBytes)).toEqual(["0 B", "999 B", "1.5 kB", "82.3 MB"]);
});

test("an account is shortened to its address; what is none stays", () => {
  expect(shortAccount(`eip155:1:${ALICE}`)).toBe("0xf39F…2266");
  expect(shortAccount("app:desk")).toBe("app:desk");
});

test("ether has no more digits than it needs", () => {
  expect(["10000000000000000", "1000000000000000000", "0", "1"].map(formatEther)).toEqual([
    "0.01",
    "1",
    "0",
    "0.000000000000000001",
  ]);
});
