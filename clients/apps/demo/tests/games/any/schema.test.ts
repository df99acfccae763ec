import { expect, test } from "vitest";
import { fieldsOf, fits, initialOf, inWords, type Schema } from "../../../src/games/any/schema.js";

const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...more,
});

function only(schema: Schema, defs: Schema = {}) {
  return fieldsOf(object({ it: schema }, { $defs: defs }))[0]!;
}

test.each<[Schema, object]>([
  [
    { type: "integer", minimum: 0, maximum: 6 },
    { is: "number", whole: true, min: 0, max: 6 },
  ],
  [
    { type: "integer", minimum: 0, exclusiveMaximum: 2 },
    { is: "number", whole: true, min: 0, max: 1 },
  ],
  [{ type: "number" }, { is: "number", whole: false }],
  [
    { type: "string", minLength: 4, maxLength: 5 },
    { is: "text", min: 4, max: 5 },
  ],
  [{ enum: ["rock", "paper"] }, { is: "choice", values: ["rock", "paper"] }],
  [{ const: "x" }, { is: "choice", values: ["x"] }],
  [{ type: "boolean" }, { is: "flag" }],
  [{ type: "object", additionalProperties: { type: "integer" } }, { is: "json" }],
  [{ type: "array", prefixItems: [{ type: "integer" }] }, { is: "json" }],
  [{}, { is: "json" }],
])("the schema %j is a field of its own", (schema, field) => {
  expect(only(schema).field).toEqual(field);
});

test("a list of objects by reference is followed to its fields", () => {
  const ship = object({ cell: { type: "integer" }, down: { type: "boolean", default: false } });
  const { field } = only({ type: "array", items: { $ref: "#/$defs/Ship" }, minItems: 1 }, { Ship: ship });
  expect(field).toMatchObject({ is: "list", min: 1, item: { is: "group" } });
  expect(initialOf(field)).toEqual([{ down: false }]);
});

test("what may be null begins empty, and a schema without an end ends in JSON", () => {
  const { field } = only({ anyOf: [{ type: "integer" }, { type: "null" }], default: null });
  expect(field).toMatchObject({ is: "either", options: [{ field: { is: "nothing" } }, { field: { is: "number" } }] });
  expect(only({ $ref: "#/$defs/Tree" }, { Tree: object({ left: { $ref: "#/$defs/Tree" } }) }).field.is).toBe("group");
});

test("defaults stand in a field at first, and optional ones without are left out", () => {
  const schema = object({ a: { type: "integer", default: 4 }, b: { type: "integer" } }, { required: [] });
  expect(fieldsOf(schema).map(({ initial, required }) => [initial, required])).toEqual([
    [4, false],
    [undefined, false],
  ]);
});

test("values choose the field among several that holds them", () => {
  expect(fits({ is: "number", whole: true }, 4)).toBe(true);
  expect(fits({ is: "text" }, 4)).toBe(false);
  expect(fits({ is: "nothing" }, null)).toBe(true);
  expect(fits({ is: "group", fields: [] }, [])).toBe(false);
});

test.each([
  ["place_fleet", "Place fleet"],
  ["toWin", "To win"],
  ["drop", "Drop"],
  ["word-party", "Word party"],
])("%s is called %s", (name, words) => expect(inWords(name)).toBe(words));
