import { vi } from "vitest";

/** Web Locks and BroadcastChannels of one origin, in this process: what browsers do, at once. */
export function stubOrigin(): void {
  const queues = new Map<string, Promise<void>>();
  const request = (name: string, { signal }: { signal: AbortSignal }, onHeld: () => Promise<void>): Promise<void> => {
    const turn = (queues.get(name) ?? Promise.resolve()).then(() => (signal.aborted ? undefined : onHeld()));
    queues.set(name, turn);
    return turn;
  };
  vi.stubGlobal("navigator", { locks: { request } });
  const open = new Set<Channel>();
  class Channel {
    onmessage: ((event: { data: unknown }) => void) | undefined;
    constructor(readonly name: string) {
      open.add(this);
    }
    postMessage(message: unknown): void {
      const data = structuredClone(message);
      for (const other of open) {
        if (other !== this && other.name === this.name)
          queueMicrotask(() => open.has(other) && other.onmessage?.({ data }));
      }
    }
    close(): void {
      open.delete(this);
    }
  }
  vi.stubGlobal("BroadcastChannel", Channel);
  // As it is, it ends in another thread, whenever that is.
  const digest = async (_: string, bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> => bytes.buffer;
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto), subtle: { digest } });
}
