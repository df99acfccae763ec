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
  onOpen: () => void;
  children?: ComponentChildren;
}

/** A message in a list, which leads to its place in the log. */
export function Hit({ author, at, text, place, onOpen, children }: HitProps) {
  return (
    <li class="hit">
      <button class="hit-link" onClick={onOpen}>
        <span class="fine">
          {nameOf(author)} · {place && `${place} · `}
          {formatDay(at)} {formatTime(at)}
        </span>
        <span class="hit-text">{text || "A message without text"}</span>
      </button>
      {children}
    </li>
  );
}
