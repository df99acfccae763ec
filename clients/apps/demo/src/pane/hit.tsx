import type { ComponentChildren } from "preact";
import type { Account } from "@parlour/client";
import { formatDay, formatTime } from "@parlour/ui/format";
import { nameOf } from "../account/names.js";

interface HitProps {
  author: Account;
  at: number;
  text: string;
  /** Where it was said, where that is not this room. */
  place?: string;
  /** Whether it is the text of a document, and the author who edited it last. */
  written?: boolean;
  onOpen: () => void;
  children?: ComponentChildren;
}

/** A message in a list, which leads to its place in the log; or a document, which leads to its room. */
export function Hit({ author, at, text, place, written, onOpen, children }: HitProps) {
  return (
    <li class="hit">
      <button class="hit-link" onClick={onOpen}>
        <span class="fine">
          {written && "Document · "}
          {author ? nameOf(author) : "The server"} · {place && `${place} · `}
          {formatDay(at)} {formatTime(at)}
        </span>
        <span class="hit-text">{text || "A message without text"}</span>
      </button>
      {children}
    </li>
  );
}
