/** Reading the conversation vectors, and matching what was said (tests/vectors/conversations/README.md). */
import { readdirSync, readFileSync } from "node:fs";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonMap = Record<string, Json>;

const FOLDER = new URL("../../../../../tests/vectors/conversations/", import.meta.url);

/** The conversations, without those that are of the Python client's bots alone. */
export function vectors(): { name: string; steps: JsonMap[] }[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".jsonl"));
  const all = files.sort().map((file) => {
    const lines = readFileSync(new URL(file, FOLDER), "utf8").trim().split("\n");
    const [about, ...steps] = lines.map((line) => JSON.parse(line) as JsonMap);
    return { name: file.replace(".jsonl", ""), about: about!, steps };
  });
  return all.filter(({ about }) => about.sdk !== "python");
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** The values that one item stands for: the entries of a range, or one value with its short forms written out. */
export function expand(value: Json): Json[] {
  if (!isMap(value) || !("$range" in value)) return [writeOut(value)];
  return range(value).map((seq) => entryOf({ $entry: seq }));
}

/** A value with its short forms written out. */
export function writeOut(value: Json): Json {
  if (Array.isArray(value)) return value.flatMap(expand);
  if (!isMap(value)) return value;
  if ("$entry" in value) return entryOf(value);
  if ("$join" in value) return joinOf(value);
  if ("$bytes" in value) return Uint8Array.from(atob(value.$bytes as string), (char) => char.charCodeAt(0)) as never;
  if ("$vector" in value) return vectorOf(value.$vector as Record<string, number>) as never;
  return mapValues(value, writeOut);
}

/** The state vector of a Yjs document, as Yjs writes it; all numbers are below 128. */
function vectorOf(clocks: Record<string, number>): Uint8Array {
  const pairs = Object.entries(clocks).sort(([one], [other]) => Number(other) - Number(one));
  return Uint8Array.from([pairs.length, ...pairs.flatMap(([client, clock]) => [Number(client), clock])]);
}

/** The value of an `expect`, in which a range stands for its numbers. */
export function numbers(value: Json): Json {
  if (Array.isArray(value)) return value.map(numbers);
  if (!isMap(value)) return value;
  return "$range" in value ? range(value) : mapValues(value, numbers);
}

/** Names such as `$hash`: each stands for what it first matched, and for itself until then. */
export class Names {
  readonly #known = new Map<string, Json>();

  filled(value: Json): Json {
    if (typeof value === "string") return this.#known.get(value) ?? value;
    if (Array.isArray(value)) return value.map((item) => this.filled(item));
    if (ArrayBuffer.isView(value)) return (value as unknown as Uint8Array).slice().buffer as never; // as browsers get attachments
    return isMap(value) ? mapValues(value, (item) => this.filled(item)) : value;
  }

  /** Throw where `value` does not match `pattern`. */
  check(pattern: Json, value: unknown, where: string): void {
    if (typeof pattern === "string" && pattern.startsWith("$")) {
      if (!this.#known.has(pattern)) this.#known.set(pattern, value as Json);
      else if (this.#known.get(pattern) !== value) fail(where, this.#known.get(pattern)!, value);
    } else if (Array.isArray(pattern)) {
      if (!Array.isArray(value) || value.length !== pattern.length) fail(where, pattern, value);
      pattern.forEach((item, at) => this.check(item, (value as unknown[])[at], `${where}[${at}]`));
    } else if (ArrayBuffer.isView(pattern)) {
      if (String(pattern) !== String(value)) fail(where, pattern, value);
    } else if (isMap(pattern)) {
      if (!isMap(value)) fail(where, pattern, value);
      for (const key of Object.keys(pattern)) {
        if (!Object.hasOwn(value as object, key)) fail(`${where}.${key}`, pattern[key]!, undefined);
        this.check(pattern[key]!, (value as JsonMap)[key], `${where}.${key}`);
      }
    } else if (pattern !== value) fail(where, pattern, value);
  }
}

function fail(where: string, pattern: Json, value: unknown): never {
  throw new Error(`${where} is ${JSON.stringify(value)?.slice(0, 400)}, not ${JSON.stringify(pattern).slice(0, 400)}`);
}

function range(value: JsonMap): number[] {
  const [first, last] = value.$range as [number, number];
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

function entryOf({ $entry: seq, ...over }: JsonMap): JsonMap {
  const rest = { room: "lobby", id: `e${seq}`, type: "chat.message", author: "$bob", at: seq!, hash: `$h${seq}` };
  return { ...rest, seq: seq!, body: { text: String(seq) }, ...mapValues(over, writeOut) };
}

function joinOf({ $join: head, ...over }: JsonMap): JsonMap {
  const room = { id: "lobby", kind: "chat", title: "", visibility: "public", owner: "$bob", createdAt: 0, members: 2 };
  return {
    ok: true,
    room: { ...room, signed: false, options: {} },
    epoch: "$epoch",
    head: head!,
    hash: `$h${head}`,
    role: "member",
    read: 0,
    recovered: false,
    entries: [],
    presence: { v: 0, members: ["$me"], count: 1 },
    ...mapValues(over, writeOut),
  };
}

/** `__proto__` is an ordinary key here, which assigning to it would not make it. */
function mapValues(map: JsonMap, change: (value: Json) => Json): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
