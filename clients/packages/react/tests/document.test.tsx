/** @jsxImportSource react */
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SharedMap } from "@parlour/client/document";
import { RoomProvider } from "../src/index.js";
import { useDocument, useShared, type OpenDocument } from "../src/document.js";
import { letIn, openPage, pause, type Page } from "./kit.js";

interface Note {
  text: string;
}

let page: Page;
let map: SharedMap<Note>;
let open: OpenDocument;

beforeEach(() => {
  page = openPage();
  letIn(page.socket, { role: "editor" });
  page.socket.answer("room:signal", () => ({}));
});
afterEach(() => page.close());

const Text = () => {
  const [note, shared] = useShared<Note>("note");
  map = shared;
  return <b>{note.text}</b>;
};
const Facts = () => {
  open = useDocument();
  return <i>{`${open.synced ? "synced" : "empty"} ${open.saved ? "saved" : "waits"}`}</i>;
};
const Whole = () => (
  <RoomProvider id="notes">
    <Text />
    <Text />
    <Facts />
  </RoomProvider>
);

test("components of one room share its document, which shows what is changed and whether it is saved", async () => {
  await page.show(<Whole />);
  expect(page.text()).toBe("empty saved");
  await page.after(() => map.set("text", "gm"));
  expect(page.text()).toBe("gmgmempty waits");
  expect(open.doc.getMap("note").toJSON()).toEqual({ text: "gm" });
  await page.after(() => page.socket.accept());
  expect(page.socket.sentOf("room:join").at(-1)).toHaveProperty("vector");
});

test("a document ends with its last component", async () => {
  await page.show(<Whole />);
  const { awareness } = open;
  await page.show(<p />);
  await page.after(pause);
  expect(awareness.getLocalState()).toBe(null);
});
