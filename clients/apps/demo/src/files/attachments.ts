/** Files on their way into a room, before a message names them. */
import { signal } from "@preact/signals";
import { ParlourError, type FileInfo, type Room } from "@parlour/client";

export interface Attachment {
  key: number;
  name: string;
  bytes: number;
  /** What was sent so far, from 0 to 1. */
  part: number;
  /** An address of the picture in this page; empty for other files. */
  preview: string;
  /** What the server made of it, once it has it. */
  file: FileInfo | null;
  /** Why the server has it not. */
  problem: string;
  stop: () => void;
}

/** Files of one message: the server's most. */
const MOST = 10;
let keys = 0;

/** The files of one message that is being written. */
export class Attachments {
  readonly list = signal<readonly Attachment[]>([]);

  constructor(private readonly room: Pick<Room, "upload">) {}

  /** Hashes of those the server has. */
  get hashes(): string[] {
    return [...new Set(this.list.value.flatMap(({ file }) => (file ? [file.hash] : [])))];
  }

  /** Whether some are still on their way. */
  get busy(): boolean {
    return this.list.value.some(({ file, problem }) => !file && !problem);
  }

  /** Send files to the room; those beyond ten are left out. */
  add(files: Iterable<File>): void {
    for (const file of [...files].slice(0, MOST - this.list.value.length)) void this.#send(file);
  }

  remove(key: number): void {
    const gone = this.list.value.find((one) => one.key === key);
    gone?.stop();
    if (gone?.preview) URL.revokeObjectURL(gone.preview);
    this.list.value = this.list.value.filter((one) => one !== gone);
  }

  clear(): void {
    for (const { key } of this.list.value) this.remove(key);
  }

  async #send(file: File): Promise<void> {
    const key = ++keys;
    const ending = new AbortController();
    const preview = /^image\/(png|jpeg|gif|webp|avif)$/.test(file.type) ? URL.createObjectURL(file) : "";
    const stop = (): void => ending.abort();
    const one = { key, name: file.name, bytes: file.size, part: 0, preview, file: null, problem: "", stop };
    this.list.value = [...this.list.value, one];
    try {
      const onProgress = (part: number): void => this.#change(key, { part });
      this.#change(key, { part: 1, file: await this.room.upload(file, { onProgress, signal: ending.signal }) });
    } catch (error) {
      const problem = error instanceof ParlourError ? error.message : "It could not be sent.";
      if (!ending.signal.aborted) this.#change(key, { problem });
    }
  }

  #change(key: number, to: Partial<Attachment>): void {
    this.list.value = this.list.value.map((one) => (one.key === key ? { ...one, ...to } : one));
  }
}
