/** Cuts a large update without decoding it: into parts of bytes that a page applies one by one. */

/** Bytes and structs of a part: Yjs takes some milliseconds for it. */
const MOST_BYTES = 256 * 1024;
const MOST_STRUCTS = 4_000;

/** The structs of one client, in the order of their clocks. */
interface Run {
  /** Where each struct begins in the bytes, and where the last one ends. */
  starts: number[];
  /** The clock of each struct, and the one after the last. */
  clocks: number[];
  /** For each struct, client and clock in turn of what it needs of others. */
  needs: (number[] | undefined)[];
  /** The first struct that is in no part yet. */
  next: number;
}

/** Deleted ranges of a client, as clock and length in turn, and how many numbers of them are in a part. */
interface Deleted {
  numbers: number[];
  next: number;
}

/**
 * Yield an update in parts, each after what it depends on and with what is deleted of it.
 * An update with holes is yielded whole.
 */
export function* slices(update: Uint8Array, bytes = MOST_BYTES, structs = MOST_STRUCTS): Generator<Uint8Array> {
  const read = readUpdate(update);
  if (!read) return yield update;
  const { runs, deleted } = read;
  let part = new Map<number, number>();
  let [size, count] = [0, 0];
  for (let moved = true; moved;) {
    moved = false;
    for (const [client, run] of runs) {
      while (run.next < run.needs.length && !waits(run, runs)) {
        moved = true;
        if (!part.has(client)) part.set(client, run.next);
        size += run.starts[run.next + 1]! - run.starts[run.next]!;
        count += 1;
        run.next += 1;
        if (size < bytes && count < structs) continue;
        yield written(update, part, read);
        part = new Map();
        [size, count] = [0, 0];
      }
    }
  }
  if (part.size) yield written(update, part, read);
  yield* rest(deleted, structs);
}

/** Whether the next struct of a run needs one that is in no part yet. */
function waits({ needs, next }: Run, runs: Map<number, Run>): boolean {
  const needed = needs[next];
  if (!needed) return false;
  for (let at = 0; at < needed.length; at += 2) {
    const run = runs.get(needed[at]!);
    if (run && run.next < run.needs.length && needed[at + 1]! >= run.clocks[run.next]!) return true;
  }
  return false;
}

/** Write the structs of each client from `part` up to its next, and what is deleted of them. */
function written(update: Uint8Array, part: Map<number, number>, { runs, deleted }: Parts): Uint8Array {
  const out = new Bytes();
  const gone = new Map<number, number[]>();
  out.uint(part.size);
  for (const [client, first] of part) {
    const { starts, clocks, next } = runs.get(client)!;
    for (const number of [next - first, client, clocks[first]!]) out.uint(number);
    out.add(update.subarray(starts[first], starts[next]));
    const ranges = below(deleted.get(client), clocks[next]!);
    if (ranges.length) gone.set(client, ranges);
  }
  out.deletes(gone);
  return out.joined();
}

/** Take the deleted ranges below a clock; one that goes on above it stays in part. */
function below(deleted: Deleted | undefined, end: number): number[] {
  const taken: number[] = [];
  if (!deleted) return taken;
  const { numbers } = deleted;
  while (deleted.next < numbers.length && numbers[deleted.next]! < end) {
    const [clock, length] = [numbers[deleted.next]!, numbers[deleted.next + 1]!];
    taken.push(clock, Math.min(length, end - clock));
    if (clock + length > end) {
      [numbers[deleted.next], numbers[deleted.next + 1]] = [end, clock + length - end];
      break;
    }
    deleted.next += 2;
  }
  return taken;
}

/** Yield the deletions of what came with other updates. */
function* rest(deleted: Map<number, Deleted>, most: number): Generator<Uint8Array> {
  for (const [client, { numbers, next }] of deleted) {
    for (let at = next; at < numbers.length; at += 2 * most) {
      const out = new Bytes();
      out.uint(0);
      out.deletes(new Map([[client, numbers.slice(at, at + 2 * most)]]));
      yield out.joined();
    }
  }
}

// ── reading (yjs, format v1) ────────────────────────────────────────────────────────────────────────────────────

interface Parts {
  runs: Map<number, Run>;
  deleted: Map<number, Deleted>;
}

function readUpdate(update: Uint8Array): Parts | undefined {
  const from = new Reader(update);
  const runs = new Map<number, Run>();
  for (let clients = from.uint(); clients > 0; clients -= 1) {
    const count = from.uint();
    const client = from.uint();
    const clock = from.uint();
    const run: Run = { starts: [from.at], clocks: [clock], needs: [], next: 0 };
    for (let number = 0; number < count; number += 1) {
      const length = readStruct(from, client, run.needs);
      if (length === undefined) return undefined;
      run.starts.push(from.at);
      run.clocks.push(run.clocks[number]! + length);
    }
    runs.set(client, run);
  }
  const deleted = new Map<number, Deleted>();
  for (let clients = from.uint(); clients > 0; clients -= 1) {
    const client = from.uint();
    const numbers = Array.from({ length: 2 * from.uint() }, () => from.uint());
    deleted.set(client, { numbers, next: 0 });
  }
  return { runs, deleted };
}

/** Pass a struct, note what it needs of others, and return how many clocks it has; undefined where it is a hole. */
function readStruct(from: Reader, client: number, needs: Run["needs"]): number | undefined {
  const info = from.byte();
  const content = info & 31;
  if (content === 10) return undefined;
  const needed: number[] = [];
  const id = (): void => {
    const [other, clock] = [from.uint(), from.uint()];
    if (other !== client) needed.push(other, clock);
  };
  if (content !== 0) {
    if (info & 0x80) id();
    if (info & 0x40) id();
    if (!(info & 0xc0)) {
      if (from.uint() === 1) from.block();
      else id();
      if (info & 0x20) from.block();
    }
  }
  needs.push(needed.length ? needed : undefined);
  return readContent(from, content);
}

function readContent(from: Reader, content: number): number {
  switch (content) {
    case 2: // JSON
    case 8: {
      const length = from.uint();
      for (let number = 0; number < length; number += 1) {
        if (content === 2) from.block();
        else from.any();
      }
      return length;
    }
    case 3: // bytes
    case 5: // an embed
      from.block();
      return 1;
    case 4:
      return from.text();
    case 6: // a format: its name and value
      from.block();
      from.block();
      return 1;
    case 7: {
      const type = from.uint();
      if (type === 3 || type === 5) from.block(); // an XML element or hook has a name
      return 1;
    }
    case 9: // a document inside: its guid and options
      from.block();
      from.any();
      return 1;
    default: // collected, or deleted
      return from.uint();
  }
}

/** Bytes after the type of an `any` value of lib0: float32, float64, bigint. */
const FIXED: Record<number, number> = { 124: 4, 123: 8, 122: 8 };

class Reader {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  byte(): number {
    if (this.at >= this.bytes.length) throw new RangeError("the update ends too early");
    return this.bytes[this.at++]!;
  }

  uint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** Pass bytes that have their length before them. */
  block(): void {
    this.at = this.uint() + this.at; // in this order: `uint` moves `at`
  }

  /** Pass a string, and return its length in UTF-16. */
  text(): number {
    const end = this.uint() + this.at;
    let length = 0;
    for (; this.at < end; this.at += 1) {
      const byte = this.bytes[this.at]!;
      if ((byte & 0xc0) !== 0x80) length += byte < 0xf0 ? 1 : 2;
    }
    return length;
  }

  any(): void {
    const type = this.byte();
    if (type === 119 || type === 116) this.block();
    else if (type === 125) while (this.byte() > 127);
    else if (type === 117 || type === 118) {
      for (let count = this.uint(); count > 0; count -= 1) {
        if (type === 118) this.block();
        this.any();
      }
    } else this.at += FIXED[type] ?? 0;
  }
}

class Bytes {
  readonly #parts: Uint8Array[] = [];

  uint(value: number): void {
    const bytes: number[] = [];
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    this.add(Uint8Array.from([...bytes, value]));
  }

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  deletes(gone: Map<number, number[]>): void {
    this.uint(gone.size);
    for (const [client, numbers] of gone) {
      this.uint(client);
      this.uint(numbers.length / 2);
      for (const number of numbers) this.uint(number);
    }
  }

  joined(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Let the page draw and answer. A message is no timer: those wait a second each in a tab that nobody sees. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
