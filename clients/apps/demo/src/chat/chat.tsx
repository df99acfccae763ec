/** The conversation of a room and what stands beside it; their code and styles are loaded when somebody comes in. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { pane } from "../pane/pane.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { linkStyles } from "../shell/styles.js";
import { report } from "../shell/toast.js";

type View = ComponentType<{ room: OpenRoom }>;

const conversation = signal<View | null>(null);
const beside = signal<View | null>(null);

export function Chat({ room }: { room: OpenRoom }) {
  useEffect(() => {
    const parts = Promise.all([import("./conversation.js"), linkStyles("chat.css")]);
    parts.then(([{ Conversation }]) => (conversation.value = Conversation), report);
  }, []);
  const Conversation = conversation.value;
  return Conversation ? <Conversation room={room} /> : <p class="empty">Opening the conversation…</p>;
}

export function Beside({ room }: { room: OpenRoom }) {
  const wanted = pane.value !== null;
  useEffect(() => {
    if (wanted) import("../pane/pane-view.js").then(({ PaneView }) => (beside.value = PaneView), report);
  }, [wanted]);
  const PaneView = beside.value;
  return wanted && PaneView ? <PaneView room={room} /> : null;
}
