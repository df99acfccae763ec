// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { followLines } from "../../src/data/lines.js";

afterEach(() => void vi.unstubAllGlobals());

function answering(...pieces: string[]): void {
  const stream = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  vi.stubGlobal("fetch", async () => new Response(stream));
}

test("lines are read whole, however the network cuts them; blank ones only keep it open", async () => {
  answering('{"seq": 1}\n{"se', 'q": 2}\n\n\n', '{"seq": 3}\n');
  const seen: unknown[] = [];
  await followLines("/x", new AbortController().signal, (lines) => seen.push(...lines));
  expect(seen).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
});

test("a refusal is thrown before any line", async () => {
  const error = { code: "not_found", message: "No such room.", retryable: false };
  vi.stubGlobal("fetch", async () => Response.json({ error }, { status: 404 }));
  await expect(followLines("/x", new AbortController().signal, () => undefined)).rejects.toThrow("No such room.");
});
