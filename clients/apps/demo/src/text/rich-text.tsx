import { Fragment } from "preact";
import type { Account } from "@parlour/client";
import { mentionName } from "../account/names.js";
import { showPerson } from "../pane/pane.js";
import type { OpenRoom } from "../rooms/open-room.js";
import { parseMarkdown, type Block, type Inline } from "./markdown.js";
import { withOwnEmoji } from "./own-emoji.js";

interface RichTextProps {
  text: string;
  mentions: readonly string[];
  /** Whose own emoji are shown. */
  room: OpenRoom;
}

/** Shows a message's text: links, emphasis, code, quotes, lists, and the people it mentions. */
export function RichText({ text, mentions, room }: RichTextProps) {
  const named: Named = new Map(mentions.map((account) => [mentionName(account), account]));
  const blocks = parseMarkdown(text, [...named.keys()]);
  return <>{blocks.map((block, at) => showBlock(block, { named, room }, at))}</>;
}

type Named = ReadonlyMap<string, Account>;

/** What a text is shown with. */
interface Shown {
  named: Named;
  room: OpenRoom;
}

function showBlock(block: Block, shown: Shown, key: number) {
  switch (block.kind) {
    case "code":
      return (
        <pre key={key} tabIndex={-1}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote key={key}>{block.children.map((child, at) => showBlock(child, shown, at))}</blockquote>;
    case "list": {
      const items = block.items.map((item, at) => (
        <li key={at}>{item.map((node, i) => showInline(node, shown, i))}</li>
      ));
      return block.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
    }
    case "paragraph":
      return <p key={key}>{block.children.map((node, at) => showInline(node, shown, at))}</p>;
  }
}

function showInline(node: Inline, shown: Shown, key: number) {
  if (typeof node === "string") return <Fragment key={key}>{withOwnEmoji(node, shown.room)}</Fragment>;
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
      return <Mention key={key} name={node.name} account={shown.named.get(node.name) ?? ""} />;
    default: {
      const Tag = node.kind;
      return <Tag key={key}>{node.children.map((child, at) => showInline(child, shown, at))}</Tag>;
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
