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

test("the undo of a change over a value of the console is that value", () => {
  const [change] = actsOn({ ...ROW, source: "console" });
  expect(change!.undo!.body).toEqual({ values: { posts_burst: 500 } });
});

test("lists, objects, truths and null are typed as JSON, and nothing else is sent for them", () => {
  const sent = (value: unknown, typed: string): unknown =>
    (actsOn({ ...ROW, value })[0]!.toBody!({ value: typed })["values"] as Record<string, unknown>)["posts_burst"];
  expect(sent(["a"], '["b", "c"]')).toEqual(["b", "c"]);
  expect(sent({ a: 1 }, '{"a": 2}')).toEqual({ a: 2 });
  expect(sent(true, "false")).toBe(false);
  expect(sent(null, "7")).toBe(7);
  expect(sent(null, "https://example.org")).toBe("https://example.org");
  expect(() => sent(["a"], "b, c")).toThrow('posts_burst takes JSON, such as ["a"].');
  expect(() => sent(7, "seven")).toThrow("posts_burst takes JSON");
});
