/** What a notice says, in words that follow a name. */
import type { KeptNotice } from "@parlour/client";

type NoticeType = KeptNotice["type"];

const SAID: Partial<Record<NoticeType, string>> = {
  direct: "wrote to you",
  mention: "mentioned you",
  thread: "answered in a thread",
  message: "wrote",
  invitation: "invites you",
  turn: "made a move: it is your turn",
  match: "has a match for you",
  settlement: "settled a game",
  report: "reported a message",
};

export function saidBy(type: NoticeType): string {
  return SAID[type] ?? type;
}
