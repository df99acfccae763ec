// @vitest-environment happy-dom
import { expect, test } from "vitest";
import type { SettingRow } from "../../src/data/types.js";
import { actsOn } from "../../src/pages/config.js";

const ROW: SettingRow = {
  name: "posts_burst",
  value: 500,
  source: "default",
  changeable: true,
  meaning: "Posts of one connection at once.",
  unit: "posts",
  why: "More than a person types.",
};

test("a change sends a number as a number, and its undo is the value of the start", () => {
  const [change] = actsOn(ROW);
  expect(change!.toBody!({ value: "7" })).toEqual({ values: { posts_burst: 7 } });
  expect(change!.undo!.body).toEqual({ values: { posts_burst: null } });
  expect(change!.text).toContain("In posts.");
});

test("a text stays a text", () => {
  const [change] = actsOn({ ...ROW, name: "log_level", value: "info", unit: "" });
  expect(change!.toBody!({ value: "debug" })).toEqual({ values: { log_level: "debug" } });
  expect(change!.fields![0]!.value).toBe("info");
});

test("only what was changed here can be reset", () => {
  expect(actsOn(ROW).map(({ name }) => name)).toEqual(["Change"]);
  expect(actsOn({ ...ROW, source: "console" }).map(({ name }) => name)).toEqual(["Change", "Reset"]);
});
