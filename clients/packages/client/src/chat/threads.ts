import type { Account, ThreadSummary } from "../protocol/types.js";

/** Authors of replies that a thread's root names. */
const SHOWN_AUTHORS = 5;

interface Reply {
  /** Of the entry from which on it stands: its own, or the one that released it. */
  seq: number;
  at: number;
  author: Account;
}

/** Counts the replies that stand in each thread: those that neither wait for a moderator nor are deleted. */
export class Threads {
  /** By the thread's root, by the reply's own seq; in the order in which they began to stand. */
  readonly #replies = new Map<number, Map<number, Reply>>();

  /** Let a reply stand, from an entry on. */
  add(root: number, of: number, reply: Reply): void {
    const thread = this.#replies.get(root) ?? new Map<number, Reply>();
    this.#replies.set(root, thread.set(of, reply));
  }

  remove(root: number, of: number): void {
    this.#replies.get(root)?.delete(of);
  }

  /** Return what a thread's root shows; null where no reply stands. */
  summary(root: number): ThreadSummary | null {
    const replies = [...(this.#replies.get(root)?.values() ?? [])];
    const last = replies.at(-1);
    if (!last) return null;
    const by = [...new Set(replies.reverse().map(({ author }) => author))].slice(0, SHOWN_AUTHORS);
    return { count: replies.length, last, by };
  }

  /** Forget the threads whose roots are before a seq. */
  forget(before: number): void {
    for (const root of this.#replies.keys()) if (root < before) this.#replies.delete(root);
  }
}
