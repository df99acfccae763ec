import { expect, test } from "vitest";
import { parseMarkdown, type Block, type Inline } from "../../src/text/markdown.js";

const inline = (text: string, names: string[] = []): Inline[] =>
  parseMarkdown(text, names).flatMap((block) => (block.kind === "paragraph" ? block.children : []));

/** What a reader sees of a text: every character that is no mark. */
function seen(node: Block | Inline): string {
  if (typeof node === "string") return node;
  switch (node.kind) {
    case "mention":
      return `@${node.name}`;
    case "list":
      return node.items.map((item) => item.map(seen).join("")).join("\n");
    case "code":
    case "link":
      return node.text;
    default:
      return node.children.map(seen).join("");
  }
}

test("marks become nodes", () => {
  expect(inline("a **b *c*** ~~d~~ _e_ `f*g*`")).toEqual([
    "a ",
    { kind: "strong", children: ["b ", { kind: "em", children: ["c"] }] },
    " ",
    { kind: "del", children: ["d"] },
    " ",
    { kind: "em", children: ["e"] },
    " ",
    { kind: "code", text: "f*g*" },
  ]);
});

test("lines become quotes, lists and code", () => {
  const text = "before\n> said\n> > deeper\n- one\n- two\n1. first\n```ts\nlet *x* = 1;\n```\nafter";
  expect(parseMarkdown(text)).toEqual([
    { kind: "paragraph", children: ["before"] },
    {
      kind: "quote",
      children: [
        { kind: "paragraph", children: ["said"] },
        { kind: "quote", children: [{ kind: "paragraph", children: ["deeper"] }] },
      ],
    },
    { kind: "list", ordered: false, items: [["one"], ["two"]] },
    { kind: "list", ordered: true, items: [["first"]] },
    { kind: "code", text: "let *x* = 1;" },
    { kind: "paragraph", children: ["after"] },
  ]);
});

test.each([
  "2 * 3 * 4",
  "snake_case_name",
  "*alone",
  "* ",
  "**open",
  "`open",
  "a_b_",
  "1.5",
  ">_<",
  ":) :(",
  "~tilde~",
])("what is no markup stays as it was typed: %s", (text) =>
  expect(parseMarkdown(text).map(seen).join("")).toBe(text.replace(/^> ?/, "")),
);

test("addresses become links, without what ends the sentence", () => {
  expect(inline("see https://example.org/a_b?q=1, (http://x.org/y)!")).toEqual([
    "see ",
    { kind: "link", href: "https://example.org/a_b?q=1", text: "https://example.org/a_b?q=1" },
    ", (",
    { kind: "link", href: "http://x.org/y", text: "http://x.org/y" },
    ")!",
  ]);
  expect(inline("[the docs](https://example.org)")).toEqual([
    { kind: "link", href: "https://example.org", text: "the docs" },
  ]);
});

test.each([
  "[x](javascript:alert(1))",
  "javascript:alert(1)",
  "data:text/html,<script>1</script>",
  "[x](JaVaScRiPt:alert(1))",
  "[bank.example](https://evil.example)",
  "[https://bank.example](https://evil.example)",
  "<a href='https://x.org' onclick=alert(1)>",
  "https://",
])("nothing that could run, or lie about where it leads, is a link: %s", (text) => {
  const links = inline(text).filter((node) => typeof node !== "string" && node.kind === "link");
  for (const link of links) {
    expect(link).toMatchObject({ href: (link as { text: string }).text });
    expect((link as { href: string }).href).toMatch(/^https?:\/\/\w/);
  }
});

test("names that are mentioned are found, the longest first, and no others", () => {
  expect(inline("hi @Ada Lovelace and @Ada, not @Bob nor me@Ada", ["Ada", "Ada Lovelace"])).toEqual([
    "hi ",
    { kind: "mention", name: "Ada Lovelace" },
    " and ",
    { kind: "mention", name: "Ada" },
    ", not @Bob nor me@Ada",
  ]);
});

test("a backslash makes a mark a character", () => {
  expect(inline("\\*not\\* \\`code\\` \\@Ada", ["Ada"])).toEqual(["*not* `code` @Ada"]);
});

test("texts that were made to be slow are not", () => {
  for (const text of [
    "*".repeat(4_000),
    "**a ".repeat(1_000),
    "[".repeat(4_000),
    "> ".repeat(2_000),
    "`".repeat(4_000),
  ])
    expect(parseMarkdown(text)).toBeTruthy();
});
