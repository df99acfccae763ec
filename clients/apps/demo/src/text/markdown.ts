/**
 * Parses the small part of Markdown that messages may use into nodes; nothing in a text can become markup, and what is
 * no Markdown stays as it was typed. Source: CommonMark 0.31, without HTML, images, references and headings.
 */

export type Inline =
  | string
  | { kind: "strong" | "em" | "del"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; href: string; text: string }
  | { kind: "mention"; name: string };

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "quote"; children: Block[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] };

/** Emphasis inside emphasis, and quotes inside quotes: beyond, marks stay text. */
const DEEPEST = 4;

const FENCE = /^```[^`]*$/;
const QUOTE = /^>[ ]?/;
const BULLET = /^[-*+] (?=\S)/;
const NUMBER = /^\d{1,9}[.)] (?=\S)/;
const KINDS = [FENCE, QUOTE, BULLET, NUMBER];

/** Parse a message. @param names whom it mentions, as they are called: `@name` becomes a mention. */
export function parseMarkdown(text: string, names: readonly string[] = []): Block[] {
  return parseBlocks(text.split("\n"), names, 0);
}

function parseBlocks(lines: readonly string[], names: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at]!;
    const inline = (rest: string): Inline[] => parseInline(rest, names, 0);
    if (FENCE.test(line)) {
      const end = lines.findIndex((later, i) => i > at && later.trimEnd() === "```");
      const body = lines.slice(at + 1, end < 0 ? undefined : end);
      blocks.push({ kind: "code", text: body.join("\n") });
      at = end < 0 ? lines.length : end + 1;
    } else if (QUOTE.test(line) && depth < DEEPEST) {
      const quoted = takeWhile(lines, at, (one) => QUOTE.test(one));
      const inner = quoted.map((one) => one.replace(QUOTE, ""));
      blocks.push({ kind: "quote", children: parseBlocks(inner, names, depth + 1) });
      at += quoted.length;
    } else if (BULLET.test(line) || NUMBER.test(line)) {
      const mark = BULLET.test(line) ? BULLET : NUMBER;
      const items = takeWhile(lines, at, (one) => mark.test(one));
      blocks.push({ kind: "list", ordered: mark === NUMBER, items: items.map((one) => inline(one.replace(mark, ""))) });
      at += items.length;
    } else {
      const plain = [line, ...takeWhile(lines, at + 1, (one) => !KINDS.some((kind) => kind.test(one)))];
      const paragraph = plain.join("\n");
      if (paragraph.trim()) blocks.push({ kind: "paragraph", children: inline(paragraph) });
      at += plain.length;
    }
  }
  return blocks;
}

function takeWhile(lines: readonly string[], from: number, fits: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, at) => at >= from && !fits(line));
  return lines.slice(from, end < 0 ? undefined : end);
}

// ── within a line ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Found {
  node: Inline;
  /** Where the text goes on after it. */
  end: number;
}

const URL_START = /https?:\/\/[^\s<>"`]+/y;
const LABELLED = /\[([^\][\n]{1,200})\]\((https?:\/\/[^\s()<>"]+)\)/y;
const WORD = /[\p{L}\p{N}_]/u;
const EMPHASIS = [
  ["**", "strong"],
  ["~~", "del"],
  ["*", "em"],
  ["_", "em"],
] as const;

function parseInline(text: string, names: readonly string[], depth: number): Inline[] {
  const nodes: Inline[] = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    if (text[at] === "\\" && /[\\`*_~[\]>@-]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1]!;
      at += 2;
      continue;
    }
    const found = findNode(text, at, names, depth);
    if (!found) plain += text[at++]!;
    else {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(found.node);
      at = found.end;
    }
  }
  return plain ? [...nodes, plain] : nodes;
}

function findNode(text: string, at: number, names: readonly string[], depth: number): Found | undefined {
  switch (text[at]) {
    case "`":
      return findCode(text, at);
    case "h":
      return isWordBefore(text, at) ? undefined : findAddress(text, at);
    case "[":
      return findLabelled(text, at);
    case "@":
      return isWordBefore(text, at) ? undefined : findMention(text, at, names);
    case "*":
    case "_":
    case "~":
      return findEmphasis(text, at, names, depth);
    default:
      return undefined;
  }
}

function findCode(text: string, at: number): Found | undefined {
  const mark = /^`+/.exec(text.slice(at, at + 3))![0];
  const end = text.indexOf(mark, at + mark.length);
  if (end < 0 || end === at + mark.length) return undefined;
  return { node: { kind: "code", text: text.slice(at + mark.length, end) }, end: end + mark.length };
}

/** Find a bare address; what ends a sentence is not part of it, nor a bracket that it does not open. */
function findAddress(text: string, at: number): Found | undefined {
  let href = matchAt(URL_START, text, at)?.[0];
  if (!href) return undefined;
  href = href.replace(/[.,:;!?'*_~]+$/, "");
  if (href.endsWith(")") && !href.includes("(")) href = href.slice(0, -1);
  return isAddress(href) ? { node: { kind: "link", href, text: href }, end: at + href.length } : undefined;
}

/** Find `[label](address)`; a label that looks like an address could lead elsewhere than it says, and stays text. */
function findLabelled(text: string, at: number): Found | undefined {
  const [whole, label, href] = matchAt(LABELLED, text, at) ?? [];
  if (!whole || !label || !href || !isAddress(href) || /:\/\/|\w\.\w/.test(label)) return undefined;
  return { node: { kind: "link", href, text: label }, end: at + whole.length };
}

function findMention(text: string, at: number, names: readonly string[]): Found | undefined {
  const fitting = names.filter((name) => text.startsWith(name, at + 1) && !isWordAt(text, at + 1 + name.length));
  const name = fitting.sort((one, other) => other.length - one.length)[0];
  return name === undefined ? undefined : { node: { kind: "mention", name }, end: at + 1 + name.length };
}

/** Find emphasis: its marks touch what they embrace, and no word continues outside (`snake_case` has none). */
function findEmphasis(text: string, at: number, names: readonly string[], depth: number): Found | undefined {
  const [mark, kind] = EMPHASIS.find(([one]) => text.startsWith(one, at)) ?? [];
  if (!mark || !kind || depth >= DEEPEST || isWordBefore(text, at)) return undefined;
  const start = at + mark.length;
  for (let end = text.indexOf(mark, start + 1); end > 0; end = text.indexOf(mark, end + 1)) {
    const after = end + mark.length;
    if (/\s/.test(text[start]! + text[end - 1]!) || isWordAt(text, after) || text[after] === mark[0]) continue;
    return { node: { kind, children: parseInline(text.slice(start, end), names, depth + 1) }, end: after };
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function isAddress(href: string): boolean {
  return URL.canParse(href) && /^https?:$/.test(new URL(href).protocol);
}

function isWordAt(text: string, at: number): boolean {
  return WORD.test(text[at] ?? "");
}

function isWordBefore(text: string, at: number): boolean {
  return at > 0 && isWordAt(text, at - 1);
}
