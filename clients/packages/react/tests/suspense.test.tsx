/** @jsxImportSource react */
// @vitest-environment happy-dom
import { Component, Suspense, type ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ParlourError } from "@parlour/client";
import { entry } from "../../client/tests/fake-socket.js";
import { RoomProvider, useGame, useLobby, useMessages, useRoom } from "../src/suspense.js";
import { letIn, openPage, type Page } from "./kit.js";

class Refusal extends Component<{ children: ReactNode }, { error?: ParlourError }> {
  override state: { error?: ParlourError } = {};
  static getDerivedStateFromError = (error: ParlourError) => ({ error });
  override render(): ReactNode {
    return this.state.error ? `refused: ${this.state.error.code}` : this.props.children;
  }
}

const Talk = () => {
  useRoom("lobby");
  return <p>{useMessages(useRoom("lobby")).map(({ text }) => text)}</p>;
};
const Waiting = ({ children }: { children: ReactNode }) => (
  <Refusal>
    <Suspense fallback="waiting">{children}</Suspense>
  </Refusal>
);
let page: Page;

beforeEach(() => void (page = openPage()));
afterEach(async () => {
  vi.restoreAllMocks();
  await page.close();
});

test("a room suspends until it is joined, once, and then shows what comes", async () => {
  letIn(page.socket);
  await page.show(
    <Waiting>
      <Talk />
    </Waiting>,
  );
  expect(page.text()).toBe("waiting");
  await page.after(() => page.socket.accept());
  expect(page.text()).toBe("line 1line 2");
  await page.after(() => page.socket.say("entry", entry(3)));
  expect(page.text()).toBe("line 1line 2line 3");
  expect(page.socket.sentOf("room:join")).toHaveLength(1);
});

test("a room without a boundary of its own suspends inside the provider, which keeps its client", async () => {
  letIn(page.socket);
  await page.show(<Talk />);
  expect(page.text()).toBe("");
  await page.after(() => page.socket.accept());
  expect(page.text()).toBe("line 1line 2");
});

test("a refused room throws its refusal", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined); // React says it too
  page.socket.refuse("room:join", { code: "forbidden" });
  await page.online();
  await page.show(
    <Waiting>
      <RoomProvider id="secret">never</RoomProvider>
    </Waiting>,
  );
  expect(page.text()).toBe("refused: forbidden");
});

test("a game's view is there at once, and its type has no undefined", async () => {
  letIn(page.socket, { state: { turn: 4 } });
  const Turn = () => {
    const turn: number = useGame(useRoom<{ turn: number }>(), (board) => board.turn);
    return <b>{turn}</b>;
  };
  await page.online();
  await page.show(
    <Waiting>
      <RoomProvider id="t1">
        <Turn />
      </RoomProvider>
    </Waiting>,
  );
  expect(page.text()).toBe("4");
});

test("a list suspends until it is here", async () => {
  page.socket.answer("room:list", () => ({ rooms: [{ id: "a" }, { id: "b" }] }));
  const List = () => <p>{useLobby({ kind: "chat" }).rooms.map(({ id }) => id)}</p>;
  await page.show(
    <Waiting>
      <List />
    </Waiting>,
  );
  expect(page.text()).toBe("waiting");
  await page.after(() => page.socket.accept());
  expect(page.text()).toBe("ab");
});
