import * as Y from "yjs";

/** Bytes and structs of one post, below what a server takes (256 kB, 5,000). */
const MOST_BYTES = 200_000;
const MOST_STRUCTS = 4_000;

type Struct = Y.Item | Y.GC | Y.Skip;
/** A struct, or clocks `from` up to `to` of a long string. */
interface Piece {
  struct: Struct;
  from: number;
  to: number;
  size: number;
}

/** Cut an update that is too large for one post into updates that are not, each after what it depends on. */
export function split(update: Uint8Array, bytes = MOST_BYTES, structs = MOST_STRUCTS): Uint8Array[] {
  const decoded = Y.decodeUpdate(update) as { structs: Struct[]; ds: DeleteSet };
  const deletes = [...decoded.ds.clients].flatMap(([client, items]) => items.map((item) => ({ client, ...item })));
  if (update.length <= bytes && decoded.structs.length + deletes.length <= structs) return [update];
  const parts: Uint8Array[] = [];
  let part: Piece[] = [];
  let size = 0;
  for (const piece of inOrder(decoded.structs).flatMap((struct) => pieces(struct, bytes))) {
    if (part.length && (size + piece.size > bytes || part.length >= structs)) {
      parts.push(written(part, []));
      [part, size] = [[], 0];
    }
    part.push(piece);
    size += piece.size;
  }
  if (part.length) parts.push(written(part, []));
  for (let at = 0; at < deletes.length; at += structs) parts.push(written([], deletes.slice(at, at + structs)));
  return parts;
}

interface DeleteSet {
  clients: Map<number, { clock: number; len: number }[]>;
}

/** Return structs so that each comes after its neighbours and its parent, where those are among them. */
function inOrder(structs: Struct[]): Struct[] {
  const runs = new Map<number, { all: Struct[]; next: number }>();
  for (const struct of structs) {
    const { client } = struct.id;
    if (!runs.has(client)) runs.set(client, { all: [], next: 0 });
    if (!(struct instanceof Y.Skip)) runs.get(client)!.all.push(struct);
  }
  const waits = (id: Y.ID | null | undefined): boolean => {
    const run = id ? runs.get(id.client) : undefined;
    const first = run?.all[run.next];
    return first !== undefined && id!.clock >= first.id.clock;
  };
  const ordered: Struct[] = [];
  for (let moved = true; moved;) {
    moved = false;
    for (const run of runs.values()) {
      for (let struct = run.all[run.next]; struct; struct = run.all[run.next]) {
        const { client } = struct.id;
        const others = struct instanceof Y.Item ? [struct.origin, struct.rightOrigin, parentOf(struct)] : [];
        if (others.some((id) => id && id.client !== client && waits(id))) break;
        ordered.push(struct);
        run.next += 1;
        moved = true;
      }
    }
  }
  return ordered;
}

function parentOf(item: Y.Item): Y.ID | null {
  return item.parent instanceof Y.ID ? item.parent : null;
}

/** Return a struct, or the parts of a string that is too long; no part ends inside an emoji. */
function pieces(struct: Struct, bytes: number): Piece[] {
  const content = struct instanceof Y.Item ? struct.content : undefined;
  const text = content instanceof Y.ContentString ? content.str : "";
  if (text.length * 3 <= bytes) return [{ struct, from: 0, to: struct.length, size: sizeOf(struct) }];
  const step = Math.floor(bytes / 3);
  const parts: Piece[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + step);
    if (/[\ud800-\udbff]/.test(text[to - 1]!)) to -= 1;
    parts.push({ struct, from, to, size: (to - from) * 3 });
    from = to;
  }
  return parts;
}

function sizeOf(struct: Struct): number {
  const encoder = new Y.UpdateEncoderV1();
  struct.write(encoder, 0);
  return encoder.toUint8Array().length;
}

function written(part: Piece[], deletes: { client: number; clock: number; len: number }[]): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  const runs = grouped(part, ({ struct }) => struct.id.client);
  writeUint(encoder, runs.size);
  for (const [client, run] of runs) {
    writeUint(encoder, run.length);
    encoder.writeClient(client);
    writeUint(encoder, run[0]!.struct.id.clock + run[0]!.from);
    for (const piece of run) writePiece(encoder, piece);
  }
  const byClient = grouped(deletes, ({ client }) => client);
  writeUint(encoder, byClient.size);
  for (const [client, items] of byClient) {
    writeUint(encoder, client);
    writeUint(encoder, items.length);
    for (const { clock, len } of items) {
      writeUint(encoder, clock);
      writeUint(encoder, len);
    }
  }
  return encoder.toUint8Array();
}

function grouped<Item>(items: Item[], client: (item: Item) => number): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const group = groups.get(client(item));
    if (group) group.push(item);
    else groups.set(client(item), [item]);
  }
  return groups;
}

function writePiece(encoder: Y.UpdateEncoderV1, { struct, from, to }: Piece): void {
  const content = struct instanceof Y.Item ? struct.content : undefined;
  if (!(content instanceof Y.ContentString) || to === struct.length) return void struct.write(encoder, from);
  const whole = content.str;
  content.str = whole.slice(0, to); // an item writes its clocks from an offset on, to its end
  struct.write(encoder, from);
  content.str = whole;
}

/** A varint of lib0. */
function writeUint(encoder: Y.UpdateEncoderV1, value: number): void {
  for (; value > 127; value = Math.floor(value / 128)) encoder.writeInfo((value % 128) | 128);
  encoder.writeInfo(value);
}
