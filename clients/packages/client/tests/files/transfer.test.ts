import { afterEach, expect, test, vi } from "vitest";
import { openClient } from "../harness.js";

afterEach(() => vi.unstubAllGlobals());

const FILE = { hash: `0x${"1".repeat(64)}`, name: "a.txt", type: "text/plain", bytes: 3 };

function answering(status: number, reply: unknown) {
  const fetched = vi.fn((_url: string, _init: RequestInit) => Promise.resolve(Response.json(reply, { status })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

test("a file is sent with the session's token and its name", async () => {
  const { joinLobby, close } = await openClient({ url: "http://parlour.example", token: "secret" });
  const room = await joinLobby();
  const fetched = answering(201, { file: FILE });
  expect(await room.upload(new Blob(["abc"]), { name: "a b.txt" })).toEqual(FILE);
  const [url, init] = fetched.mock.calls[0]!;
  expect(url).toBe("http://parlour.example/api/rooms/lobby/files?name=a%20b.txt");
  expect(init.headers).toMatchObject({ Authorization: "Bearer secret" });
  close();
});

test("a refused upload rejects with the server's error", async () => {
  const { joinLobby, close } = await openClient({ url: "http://parlour.example" });
  const room = await joinLobby();
  answering(413, { error: { code: "too_large", reason: "quota", message: "Too much.", retryable: false } });
  await expect(room.upload(new Blob(["abc"]))).rejects.toMatchObject({ code: "too_large", reason: "quota" });
  close();
});

test("an address for an image holds a ticket and no token", async () => {
  const { joinLobby, close } = await openClient({ url: "http://parlour.example", token: "secret" });
  const room = await joinLobby();
  answering(200, { ticket: "a.b", until: 1 });
  expect(await room.fileUrl(FILE.hash)).toBe(`http://parlour.example/api/rooms/lobby/files/${FILE.hash}?ticket=a.b`);
  close();
});
