import { describe, expect, it } from "vitest";
import type { AckOf, ClientToServerEvents, Entry, ServerToClientEvents } from "../../src/protocol/types.gen.js";

/** What the compiler has to accept: `type` alone says which body an entry has. */
function told(entry: Entry): string | number | null {
  switch (entry.type) {
    case "chat.message":
      return entry.body?.text ?? null;
    case "chain.event":
      return entry.body?.block.number ?? null;
    case "game.seated":
      return entry.body?.seat ?? null;
    default:
      return null;
  }
}

function placeOf(ack: AckOf<"room:post">): number | string {
  return ack.ok ? ack.seq : ack.error.code;
}

const head = { room: "hall", seq: 7, id: "a", author: "", at: 0, hash: "0x00" } as const;

describe("generated types", () => {
  it("narrow an entry by its type", () => {
    expect(told({ ...head, type: "chat.message", body: { text: "gm" } })).toBe("gm");
    expect(told({ ...head, type: "game.seated", body: { seat: 1, account: "bot:1", bot: true } })).toBe(1);
    expect(told({ ...head, type: "app.note", body: { anything: true } })).toBeNull();
    expect(told({ ...head, type: "chat.message", body: null, redacted: "erased" })).toBeNull();
  });

  it("narrow an ack by its ok", () => {
    expect(placeOf({ ok: true, seq: 7, at: 0, hash: "0x00" })).toBe(7);
    expect(placeOf({ ok: false, error: { code: "closed", message: "Closed.", retryable: false } })).toBe("closed");
  });

  it("fit the generics of a stock socket", () => {
    const heard: number[] = [];
    const hear: ServerToClientEvents["entry"] = (entry) => heard.push(entry.seq);
    hear({ ...head, type: "chat.message", body: { text: "gm" } });
    const join: Parameters<ClientToServerEvents["room:join"]>[0] = { room: "hall", since: { epoch: "e", seq: 7 } };
    expect([heard, join.since?.seq]).toEqual([[7], 7]);
  });
});
