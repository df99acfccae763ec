import { useEffect } from "preact/hooks";
import { ParlourError } from "@parlour/client";
import type { OpenRoom } from "../../rooms/open-room.js";
import { report } from "../../shell/toast.js";

/** Milliseconds until it is tried again while others have yet to commit. */
const RETRY_MS = 1_000;

/** Takes part in a fair game's draw: commits to a value of this page's own, and tells it once all have committed. */
export function Chance({ room }: { room: OpenRoom }) {
  useEffect(() => {
    const stop = new AbortController();
    draw(room, stop.signal).catch((error: unknown) => stop.signal.aborted || report(error));
    return () => stop.abort();
  }, [room]);
  return <p class="fine">This page gives its part of the chance.</p>;
}

async function draw(room: OpenRoom, stopped: AbortSignal): Promise<void> {
  const value = kept(room.id);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(value)));
  await once(() => room.room.act("commit", { hash: hex(hash) }), "already_committed");
  while (!stopped.aborted) {
    try {
      await once(() => room.room.act("contribute", { value }), "already_contributed");
      return sessionStorage.removeItem(keyOf(room.id));
    } catch (error) {
      if (!(error instanceof ParlourError) || error.reason !== "commit_first") throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Do what may have been done before a reload. */
async function once(act: () => Promise<unknown>, before: string): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ParlourError) || error.reason !== before) throw error;
  }
}

/** This round's value: 32 random bytes, kept over a reload until the page is closed. */
function kept(room: string): string {
  const key = keyOf(room);
  const value = sessionStorage.getItem(key) ?? hex(crypto.getRandomValues(new Uint8Array(32)));
  sessionStorage.setItem(key, value);
  return value;
}

function bytes(value: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(value.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function hex(value: Uint8Array): string {
  return `0x${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function keyOf(room: string): string {
  return `parlour:chance:${room}`;
}
