import { expect, test } from "vitest";
import { fieldsOf, valueOf, type Schema } from "../../src/playground/schema.js";

const DEFINITIONS: Record<string, Schema> = {
  RoomId: { type: "string", description: "A room's id." },
  Post: {
    type: "object",
    required: ["room"],
    properties: {
      limit: { anyOf: [{ type: "integer" }, { type: "null" }] },
      room: { $ref: "#/components/schemas/RoomId" },
      live: { type: "boolean" },
      as: { anyOf: [{ enum: ["player", "spectator"], type: "string" }, { type: "null" }] },
      body: { anyOf: [{ type: "object" }, { type: "string" }] },
    },
  },
};
const fields = fieldsOf({ $ref: "#/components/schemas/Post" }, DEFINITIONS);

test("a schema becomes fields, the required first, each with what it takes", () => {
  expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
    ["room", "text", true],
    ["limit", "number", false],
    ["live", "boolean", false],
    ["as", "choice", false],
    ["body", "json", false],
  ]);
  expect(fields[0]!.hint).toBe("A room's id.");
  expect(fields[3]!.options).toEqual(["player", "spectator"]);
});

test("what is typed becomes the value, and what is empty is not sent", () => {
  const typed = { room: "lobby", limit: "5", live: "false", as: "", body: '{"text": "hi"}' };
  expect(valueOf(fields, typed)).toEqual({ room: "lobby", limit: 5, live: false, body: { text: "hi" } });
  expect(() => valueOf(fields, { body: "{" })).toThrow("body is no JSON.");
});
