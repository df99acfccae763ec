import { describe, expect, test } from "vitest";
import { applyPatch } from "../../src/index.js";
import type { PatchOperation } from "../../src/index.js";

const patched = (document: unknown, ...patch: PatchOperation[]): unknown => applyPatch(document, patch);

describe("RFC 6902, appendix A", () => {
  test.each<[string, unknown, PatchOperation, unknown]>([
    ["A.1 adds a member", { foo: "bar" }, { op: "add", path: "/baz", value: "qux" }, { baz: "qux", foo: "bar" }],
    [
      "A.2 adds an element",
      { foo: ["bar", "baz"] },
      { op: "add", path: "/foo/1", value: "qux" },
      { foo: ["bar", "qux", "baz"] },
    ],
    ["A.3 removes a member", { baz: "qux", foo: "bar" }, { op: "remove", path: "/baz" }, { foo: "bar" }],
    [
      "A.4 removes an element",
      { foo: ["bar", "qux", "baz"] },
      { op: "remove", path: "/foo/1" },
      { foo: ["bar", "baz"] },
    ],
    [
      "A.5 replaces a value",
      { baz: "qux", foo: "bar" },
      { op: "replace", path: "/baz", value: "boo" },
      { baz: "boo", foo: "bar" },
    ],
    [
      "A.6 moves a value",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      { op: "move", from: "/foo/waldo", path: "/qux/thud" },
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      "A.7 moves an element",
      { foo: ["all", "grass", "cows", "eat"] },
      { op: "move", from: "/foo/1", path: "/foo/3" },
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    ["A.8 tests a value", { baz: "qux" }, { op: "test", path: "/baz", value: "qux" }, { baz: "qux" }],
    [
      "A.10 adds a nested member",
      { foo: "bar" },
      { op: "add", path: "/child", value: { grand: {} } },
      { foo: "bar", child: { grand: {} } },
    ],
    ["A.14 unescapes", { "/": 9, "~1": 10 }, { op: "replace", path: "/~01", value: 11 }, { "/": 9, "~1": 11 }],
    [
      "A.16 appends",
      { foo: ["bar"] },
      { op: "add", path: "/foo/-", value: ["abc", "def"] },
      { foo: ["bar", ["abc", "def"]] },
    ],
    ["replaces the whole", { foo: 1 }, { op: "replace", path: "", value: [2] }, [2]],
    ["copies", { a: { b: 1 } }, { op: "copy", from: "/a", path: "/c" }, { a: { b: 1 }, c: { b: 1 } }],
  ])("%s", (_, before, operation, after) => {
    const untouched = structuredClone(before);
    expect(patched(before, operation)).toEqual(after);
    expect(before).toEqual(untouched);
  });

  test.each<[string, unknown, PatchOperation]>([
    ["A.9 a test that fails", { baz: "qux" }, { op: "test", path: "/baz", value: "bar" }],
    ["A.12 a parent that is not there", { foo: "bar" }, { op: "add", path: "/baz/bat", value: "qux" }],
    ["a member that is not there", { foo: 1 }, { op: "replace", path: "/bar", value: 2 }],
    ["an inherited member", {}, { op: "replace", path: "/toString", value: 2 }],
    ["an index past the end", [1], { op: "add", path: "/2", value: 2 }],
    ["an index with a leading zero", [1, 2], { op: "remove", path: "/01" }],
    ["a path through a value", { foo: 1 }, { op: "add", path: "/foo/bar", value: 2 }],
    ["the removal of the whole document", {}, { op: "remove", path: "" }],
    ["a test of true against 1", { on: 1 }, { op: "test", path: "/on", value: true }],
    ["a path that is no pointer", {}, { op: "add", path: "foo", value: 2 }],
  ])("%s is refused", (_, before, operation) => {
    expect(() => patched(before, operation)).toThrow(RangeError);
  });

  test.each<[string, unknown]>([
    ["no value", { op: "add", path: "/a" }],
    ["no value", { op: "replace", path: "" }],
    ["no value", { op: "test", path: "/a" }],
    ["not a JSON pointer: undefined", { op: "add", value: 1 }],
    ["not a JSON pointer: undefined", { op: "move", path: "/a" }],
    ["not a JSON pointer: null", { op: "remove", path: null }],
    ["unknown patch operation", { path: "/a" }],
  ])("what an operation lacks is said: %s", (said, operation) => {
    expect(() => patched({ a: 1 }, operation as PatchOperation)).toThrow(new RangeError(said));
  });

  test.each(["/__proto__/polluted", "/constructor/prototype/polluted", "/a/__proto__/polluted"])(
    "%s cannot reach a prototype",
    (path) => {
      expect(() => patched({ a: {} }, { op: "add", path, value: true })).toThrow(RangeError);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  test("__proto__ is an ordinary key", () => {
    const after = patched({ a: {} }, { op: "add", path: "/__proto__", value: { polluted: true } });
    expect(Object.keys(after as object)).toEqual(["a", "__proto__"]);
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(patched(after, { op: "remove", path: "/__proto__" })).toEqual({ a: {} });
  });

  test("shares what did not change", () => {
    const before = { left: { deep: [1] }, right: { deep: [2] } };
    const after = applyPatch(before, [{ op: "add", path: "/left/deep/-", value: 3 }]);
    expect(after.right).toBe(before.right);
    expect(after.left).not.toBe(before.left);
  });
});
