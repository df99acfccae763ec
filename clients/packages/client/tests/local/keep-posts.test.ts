import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { keepPosts } from "../../src/local.js";
import type { Post, PostStore } from "../../src/index.js";
import { ALICE as ADA, BOB, hashOf } from "../fake-socket.js";
import { openClient, settle } from "../harness.js";

const post = (id: string): Post => ({ room: "lobby", id, type: "chat.message", body: { text: id } });
const receipt = (payload: { id: string }): object => ({ seq: 3, at: 3, hash: hashOf(3), id: payload.id });

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

describe("posts kept in IndexedDB", () => {
  test("are loaded in their order, each account's own, until they are removed", async () => {
    const kept = keepPosts();
    for (const id of ["one", "two", "three"]) kept.add(ADA, post(id));
    kept.add(BOB, post("his"));
    kept.remove(ADA, "two");
    kept.remove(ADA, "never there");
    expect((await kept.load(ADA)).map(({ id }) => id)).toEqual(["one", "three"]);
    expect(await keepPosts().load(BOB)).toEqual([post("his")]);
    expect(await keepPosts({ name: "another" }).load(ADA)).toEqual([]);
  });

  test("keep bytes as they are", async () => {
    const kept = keepPosts();
    kept.add(ADA, { ...post("blob"), body: new Uint8Array([0, 255]) });
    const [loaded] = await kept.load(ADA);
    expect([...(loaded!.body as Uint8Array)]).toEqual([0, 255]);
  });

  test("tell of a database that fails, and lose nothing else", async () => {
    const errors: unknown[] = [];
    globalThis.indexedDB = { open: () => { throw new Error("no storage here"); } } as unknown as IDBFactory; // prettier-ignore
    const kept = keepPosts({ onError: (error) => errors.push(error) });
    kept.add(ADA, post("one"));
    await expect(kept.load(ADA)).rejects.toThrow("no storage");
    expect(errors).toHaveLength(1);
  });
});

/** Posts in memory, read a moment later. */
class Shelf implements PostStore {
  posts: [string, Post][] = [];
  failing = false;

  async load(account: string): Promise<Post[]> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (this.failing) throw new Error("no storage here");
    return this.posts.filter(([of]) => of === account).map(([, each]) => each);
  }

  add(account: string, each: Post): void {
    this.posts.push([account, each]);
  }

  remove(account: string, id: string): void {
    this.posts = this.posts.filter(([of, each]) => of !== account || each.id !== id);
  }
}

describe("a client that keeps its posts", () => {
  let shelf: Shelf;
  let close: () => void;

  const open = async (): Promise<Awaited<ReturnType<typeof openClient>>> => {
    const opened = await openClient({ posts: shelf });
    close = opened.close;
    return opened;
  };

  beforeEach(() => {
    shelf = new Shelf();
  });

  afterEach(() => close());

  test("sends what an earlier page left first, and forgets what was stored", async () => {
    shelf.posts = [
      [ADA, post("left-1")],
      [BOB, post("another's")],
      [ADA, post("left-2")],
    ];
    const { socket, joinLobby } = await open();
    socket.answer("room:post", receipt);
    const room = await joinLobby();
    const said = room.post({ type: "chat.message", body: { text: "new" }, id: "new" });
    await vi.advanceTimersByTimeAsync(100);
    await said;
    expect(socket.sentOf("room:post").map(({ id }) => id)).toEqual(["left-1", "left-2", "new"]);
    expect(shelf.posts).toEqual([[BOB, post("another's")]]);
  });

  test("keeps a post while it has no answer, over a lost connection and the end of the client", async () => {
    const { socket, client, joinLobby, comeBack } = await open();
    const room = await joinLobby();
    await vi.advanceTimersByTimeAsync(100);
    const said = room.post({ type: "chat.message", body: { text: "new" }, id: "new" });
    said.catch(() => undefined);
    await comeBack();
    expect(socket.sentOf("room:post").map(({ id }) => id)).toEqual(["new", "new"]);
    client.close();
    await expect(said).rejects.toThrow();
    expect(shelf.posts.map(([account, { id }]) => [account, id])).toEqual([[ADA, "new"]]);
  });

  test("tells the error hook of a left post that is refused, and forgets it", async () => {
    shelf.posts = [[ADA, post("left")]];
    const { socket, errors, joinLobby } = await open();
    socket.refuse("room:post", { code: "forbidden", message: "You are muted.", retryable: false });
    await joinLobby();
    await vi.advanceTimersByTimeAsync(100);
    expect(errors).toEqual([expect.objectContaining({ code: "forbidden" })]);
    expect(shelf.posts).toEqual([]);
  });

  test("sends its posts where the store fails", async () => {
    shelf.failing = true;
    const { socket, errors, joinLobby } = await open();
    socket.answer("room:post", receipt);
    const room = await joinLobby();
    const said = room.post({ type: "chat.message", body: { text: "new" } });
    await vi.advanceTimersByTimeAsync(100);
    await said;
    await settle();
    expect(errors).toHaveLength(1);
  });
});
