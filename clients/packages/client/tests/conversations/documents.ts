/** Documents of a conversation: what the application does with them, and what is in them. */
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { DocumentProvider } from "../../src/document.js";
import type { Room } from "../../src/index.js";

export class Documents {
  readonly #opened = new Map<string, DocumentProvider>();

  /** Open a room's document as a Yjs client of this number, so that what it writes is the same bytes each time. */
  open(room: Room, as: string, { client }: { client: number }): void {
    const doc = new Y.Doc();
    doc.clientID = client;
    const awareness = new Awareness(doc);
    awareness.setLocalState(null); // it shows nothing before it is told to
    this.#opened.set(as, new DocumentProvider(room, { doc, awareness }));
  }

  verbs(on: string, args: never): Record<string, () => unknown> {
    const provider = this.#opened.get(on)!;
    const { at, text, title, version, state } = args as Record<"text" | "title", string> &
      Record<"at" | "version", number> & { state: Record<string, unknown> | null };
    return {
      write: () => provider.doc.getText("t").insert(at, text),
      show: () => provider.awareness.setLocalState(state),
      keepVersion: async () => ({ version: await provider.keepVersion(title) }),
      versions: () => provider.versions(),
      readVersion: async () => ({ text: textOf(await provider.read(version)) }),
      restoreVersion: async () => ({ seq: await provider.restore(version) }),
    };
  }

  /** What an `expect` matches. */
  seen(): object {
    return Object.fromEntries(
      [...this.#opened].map(([name, { doc, write, awareness }]) => {
        const shown = [...awareness.getStates()].sort(([one], [other]) => one - other);
        return [name, { text: textOf(doc), write, shown }] as const;
      }),
    );
  }

  close(): void {
    for (const { awareness, doc } of this.#opened.values()) {
      awareness.destroy();
      doc.destroy();
    }
  }
}

function textOf(doc: Y.Doc): string {
  return doc.getText("t").toString();
}
