/** The versions of a document, oldest first, and the one that is looked at. */
import { batch, computed, signal } from "@preact/signals";
import type { Entry, Version } from "@parlour/client";
import type { DocumentProvider } from "@parlour/client/document";
import { difference, type Piece } from "./difference.js";
import { report } from "../shell/toast.js";

/** Milliseconds the slider, and the document, must stand still before they are compared. */
const STILL_MS = 150;

/** A version beside the document as it is now. */
export interface Compared {
  version: Version;
  pieces: readonly Piece[];
}

export class Past {
  readonly versions = signal<readonly Version[]>([]);
  /** The version that is looked at; null is now. */
  readonly at = signal<Version | null>(null);
  /** What became of it since; null until the server has answered. */
  readonly compared = signal<Compared | null>(null);
  readonly hasOlder = computed(() => this.#cursor.value !== null);

  readonly #cursor = signal<string | null>(null);
  /** The text of the version that was read last. */
  #then: { seq: number; text: string } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param root the root of the document whose text is compared. */
  constructor(
    private readonly provider: DocumentProvider,
    private readonly root: string,
  ) {
    provider.room.onEntry((entry) => this.#heard(entry));
    provider.doc.on("update", () => this.#compareSoon());
  }

  /** Read the newest versions. @throws ParlourError */
  async load(): Promise<void> {
    const { versions, cursor } = await this.provider.versions();
    batch(() => {
      this.versions.value = versions.reverse();
      this.#cursor.value = cursor;
    });
  }

  /** Read those before the versions that are here. @throws ParlourError */
  async loadOlder(): Promise<void> {
    const cursor = this.#cursor.value;
    if (cursor === null) return;
    const page = await this.provider.versions({ cursor });
    batch(() => {
      this.versions.value = [...page.versions.reverse(), ...this.versions.value];
      this.#cursor.value = page.cursor;
    });
  }

  /** Look at a version, by its place in the list; the place after the last one is now. */
  go(place: number): void {
    batch(() => {
      this.at.value = this.versions.value[place] ?? null;
      if (this.compared.value?.version !== this.at.value) this.compared.value = null;
    });
    this.#compareSoon();
  }

  now(): void {
    this.go(this.versions.value.length);
  }

  #compareSoon(): void {
    clearTimeout(this.#timer);
    if (this.at.value) this.#timer = setTimeout(() => void this.#compare().catch(report), STILL_MS);
  }

  async #compare(): Promise<void> {
    const version = this.at.value;
    if (!version) return;
    if (this.#then?.seq !== version.seq) {
      const text = (await this.provider.read(version.seq)).getText(this.root).toString();
      this.#then = { seq: version.seq, text };
    }
    if (this.at.value !== version) return;
    const now = this.provider.doc.getText(this.root).toString();
    this.compared.value = { version, pieces: difference(this.#then.text, now) };
  }

  #heard({ seq, type, body }: Entry): void {
    if (type !== "doc.version" || !body) return;
    const { title, by, at } = body as Omit<Version, "seq">;
    if (!this.versions.value.some((version) => version.seq === seq))
      this.versions.value = [...this.versions.value, { seq, title, by, at }];
  }
}
