/** One document as signals: what the page draws of its state, its people and its comments. */
import { batch, computed, signal } from "@preact/signals";
import type { ParlourError, Room } from "@parlour/client";
import { Comments, DocumentProvider, RESTORED, type Comment } from "@parlour/client/document";
import * as Y from "yjs";
import { nameOf } from "../account/names.js";
import { guest, me } from "../account/session.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { report } from "../shell/toast.js";
import { Past } from "./past.js";
import { colorOf, nameIn } from "./writers.js";

/** The root of a document that this page edits. */
export const ROOT = "t";

/** Whether all that was written here is on the server. */
export type State = "opening" | "saved" | "saving" | "refused" | "apart";

/** Documents stay open as long as their rooms: what was written and is not saved yet outlives a look elsewhere. */
const opened = new WeakMap<OpenRoom, OpenDocument>();

/** The document of an open room. */
export function documentOf(room: OpenRoom): OpenDocument {
  const known = opened.get(room);
  if (known) return known;
  const doc = new OpenDocument(room);
  opened.set(room, doc);
  return doc;
}

export class OpenDocument {
  readonly provider: DocumentProvider;
  readonly comments: Comments;
  readonly past: Past;
  readonly undo: Y.UndoManager;
  /** Whether there is something to undo, and to redo. */
  readonly undoable = signal({ undo: false, redo: false });
  /** Whether the document has come; it is here from then on. */
  readonly began = signal(false);
  readonly write = signal(false);
  /** Why the last edit was refused for good, while this account may not write. */
  readonly refusal = signal("");
  readonly threads = signal<readonly Comment[]>([]);
  /** The names of the others whose cursors are in the text. */
  readonly writers = signal<readonly string[]>([]);
  readonly state = computed<State>(() => {
    if (!this.#synced.value) return this.began.value ? "apart" : "opening";
    if (this.#saved.value) return "saved";
    return this.write.value ? "saving" : "refused";
  });

  readonly #synced = signal(false);
  readonly #saved = signal(true);

  constructor(readonly room: OpenRoom) {
    const handle = room.room as Room;
    this.provider = new DocumentProvider(handle, { inSteps: true });
    this.comments = new Comments(handle, this.provider.doc);
    this.past = new Past(this.provider, ROOT);
    this.undo = new Y.UndoManager(this.text, { trackedOrigins: new Set([RESTORED]) });
    this.#follow();
    void this.comments.load().catch(report);
    void this.past.load().catch(report);
    handle.status.subscribe((status) => status === "ended" && this.#close());
  }

  get text(): Y.Text {
    return this.provider.doc.getText(ROOT);
  }

  /** Why this account may not write, in words; empty where it may. */
  readonly whyNot = computed(() => {
    const { info, role, ended } = this.room.room;
    if (this.write.value || this.state.value === "opening") return "";
    if (this.room.ended.value || ended) return "This room is closed to you now. You may still read what is here.";
    if (guest.value) return "You are looking on as a guest. Sign in to write.";
    if (this.refusal.value) return `${this.refusal.value} What you wrote since is in this page alone.`;
    if (role === "muted") return "You are muted in this room: you may read, and not write.";
    const allowed = info.rules?.post ?? "everyone";
    return allowed === "everyone"
      ? "You may read this document, and not write in it."
      : `Only ${allowed} of this room write in it. You may read.`;
  });

  /** Show others who I am and, from now on, where my cursor is. */
  comeIn(): void {
    const { awareness, doc } = this.provider;
    if (me.value) awareness.setLocalState({ user: { name: nameOf(me.value), color: colorOf(doc.clientID) } });
  }

  /** Make the document read as in the version that is looked at; undo takes that back. @throws ParlourError */
  async restore(): Promise<void> {
    const version = this.past.at.value;
    if (!version) return;
    this.undo.stopCapturing();
    await this.provider.restore(version.seq);
    this.undo.stopCapturing();
    this.past.now();
  }

  /** Take my cursor away. */
  goOut(): void {
    this.provider.awareness.setLocalState(null);
  }

  #follow(): void {
    const { provider, comments, undo } = this;
    provider.on("synced", (synced) =>
      batch(() => {
        this.#synced.value = synced;
        this.began.value ||= synced;
      }),
    );
    provider.on("saved", (saved) => (this.#saved.value = saved));
    provider.on("write", (write) =>
      batch(() => {
        this.write.value = write;
        if (write) this.refusal.value = "";
      }),
    );
    provider.on("refused", (error: ParlourError) => (this.refusal.value = error.message));
    provider.awareness.on("change", () => (this.writers.value = this.#others()));
    comments.subscribe((threads) => (this.threads.value = threads));
    const step = (): void => {
      this.undoable.value = { undo: undo.canUndo(), redo: undo.canRedo() };
    };
    for (const event of ["stack-item-added", "stack-item-popped", "stack-cleared"] as const) undo.on(event, step);
  }

  #others(): string[] {
    const { awareness, doc } = this.provider;
    const states = [...awareness.getStates()].filter(([client]) => client !== doc.clientID);
    return [...new Set(states.map(([, state]) => nameIn(state)))].sort();
  }

  #close(): void {
    this.undo.destroy();
    this.comments.close();
    this.provider.destroy();
  }
}
