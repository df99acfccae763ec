import type { Account } from "@parlour/client";
import { mentionName } from "../account/names.js";
import { showPerson } from "../pane/pane.js";
import { parseMarkdown, type Block, type Inline } from "./markdown.js";

interface RichTextProps {
  text: string;
  mentions: readonly string[];
}

/** Shows a message's text: links, emphasis, code, quotes, lists, and the people it mentions. */
export function RichText({ text, mentions }: RichTextProps) {
  const named = new Map(mentions.map((account) => [mentionName(account), account]));
  const blocks = parseMarkdown(text, [...named.keys()]);
  return <>{blocks.map((block, at) => showBlock(block, named, at))}</>;
}

type Named = ReadonlyMap<string, Account>;

function showBlock(block: Block, named: Named, key: number) {
  switch (block.kind) {
    case "code":
      return (
        <pre key={key} tabIndex={-1}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote key={key}>{block.children.map((child, at) => showBlock(child, named, at))}</blockquote>;
    case "list": {
      const items = block.items.map((item, at) => (
        <li key={at}>{item.map((node, i) => showInline(node, named, i))}</li>
      ));
      return block.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
    }
    case "paragraph":
      return <p key={key}>{block.children.map((node, at) => showInline(node, named, at))}</p>;
  }
}

function showInline(node: Inline, named: Named, key: number) {
  if (typeof node === "string") return node;
  switch (node.kind) {
    case "code":
      return <code key={key}>{node.text}</code>;
    case "link":
      return (
        <a key={key} href={node.href} title={node.href} target="_blank" rel="noopener noreferrer nofollow">
          {node.text}
        </a>
      );
    case "mention":
      return <Mention key={key} name={node.name} account={named.get(node.name) ?? ""} />;
    default: {
      const Tag = node.kind;
      return <Tag key={key}>{node.children.map((child, at) => showInline(child, named, at))}</Tag>;
    }
  }
}

function Mention({ name, account }: { name: string; account: Account }) {
  if (account.startsWith("@")) return <strong class="mention">@{name}</strong>;
  return (
    <button class="mention" tabIndex={-1} title={account} onClick={() => showPerson(account)}>
      @{name}
    </button>
  );
}
