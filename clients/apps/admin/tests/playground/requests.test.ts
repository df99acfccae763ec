// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { eventsOf, firstValues, requestsOf } from "../../src/playground/requests.js";

test("the requests are those that the server receives, by name", () => {
  const payload = { $ref: "#/components/schemas/X" };
  const document = {
    operations: {
      room_post: { action: "receive", summary: "Write an entry." },
      entry: { action: "send", summary: "An entry." },
      room_join: { action: "receive", summary: "Follow a room." },
    },
    components: {
      messages: {
        entry: { name: "entry", payload },
        room_post: { name: "room:post", payload },
        room_join: { name: "room:join", payload },
      },
      schemas: {},
    },
  };
  expect(requestsOf(document).map(({ name, says }) => [name, says])).toEqual([
    ["room:join", "Follow a room."],
    ["room:post", "Write an entry."],
  ]);
  expect(eventsOf(document)).toEqual(["entry"]);
});

test("a post is filled in, with another id each time", () => {
  const post = { name: "room:post", says: "", schema: {} };
  expect(firstValues(post)["id"]).not.toBe(firstValues(post)["id"]);
  expect(firstValues({ ...post, name: "search" })).toEqual({});
});
