import type { Post, PostStore } from "../connection/outbox.js";
import { reportUncaught, type ErrorHook } from "../connection/events.js";
import type { Account } from "../protocol/types.js";

export interface KeepPostsOptions {
  /** The database; default `parlour`. Two servers in one origin need one each. */
  name?: string;
  /** Receives what goes wrong with the database; posts are sent all the same. */
  onError?: ErrorHook;
}

interface Kept {
  account: Account;
  id: string;
  post: Post;
}

const STORE = "posts";
const BY_ID = "by-id";

/**
 * Keep posts without an answer in this browser's IndexedDB: `connect({ …, posts: keepPosts() })`. A reload, a crash or
 * a closed tab loses none; the next page of the same account sends them first, in order, and what the server had stored
 * is answered `duplicate`. A post made before the first greeting is kept from then on.
 */
export function keepPosts({ name = "parlour", onError = reportUncaught }: KeepPostsOptions = {}): PostStore {
  let opened: Promise<IDBDatabase> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const database = (): Promise<IDBDatabase> => (opened ??= open(name));

  /** Run in the order asked for, each in a transaction of its own. */
  const run = <T>(mode: IDBTransactionMode, work: (posts: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const result = last.then(async () => done(work((await database()).transaction(STORE, mode).objectStore(STORE))));
    last = result.catch(() => {});
    return result;
  };

  return {
    async load(account) {
      const all = await run("readonly", (posts) => posts.getAll() as IDBRequest<Kept[]>);
      return all.filter((kept) => kept.account === account).map(({ post }) => post);
    },
    add(account, post) {
      const kept: Kept = { account, id: post.id, post };
      run("readwrite", (posts) => posts.put(kept)).catch(onError);
    },
    remove(account, id) {
      const removed = (posts: IDBObjectStore): IDBRequest<IDBCursorWithValue | null> => {
        const found = posts.index(BY_ID).openCursor([account, id]);
        found.addEventListener("success", () => found.result?.delete());
        return found;
      };
      run("readwrite", removed).catch(onError);
    },
  };
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const posts = request.result.createObjectStore(STORE, { autoIncrement: true });
    posts.createIndex(BY_ID, ["account", "id"], { unique: true });
  };
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
