/** @jsxImportSource react */
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from "vitest";
import { useLobby, useMatch, useNotices, type MatchState, type NoticesState } from "../src/index.js";
import { openPage, pause, type Page } from "./kit.js";

let page: Page;

beforeEach(async () => {
  page = openPage();
  await page.online();
});
afterEach(() => page.close());

test("a list is asked for once, follows its changes, and ends with its component", async () => {
  const Rooms = () => <p>{useLobby({ kind: "chat" }).rooms.map(({ id }) => id)}</p>;
  page.socket.answer("room:list", () => ({ rooms: [{ id: "a" }] }));
  await page.show([<Rooms key="1" />, <Rooms key="2" />]);
  expect(page.text()).toBe("aa");
  await page.after(() => page.socket.say("lobby", { rooms: [{ id: "b" }], gone: ["a"] }));
  expect(page.text()).toBe("bb");
  await page.show(<p />);
  await page.after(pause);
  expect(page.socket.sentOf("room:list").map(({ live }) => live)).toEqual([true, false]);
});

test("a refused list says why", async () => {
  const Rooms = () => <p>{useLobby().error?.code}</p>;
  page.socket.refuse("room:list", { code: "forbidden" });
  await page.show(<Rooms />);
  expect(page.text()).toBe("forbidden");
});

test("a search shows how it stands, what it finds, and ends with its component", async () => {
  let match: MatchState | undefined;
  const Search = () => {
    match = useMatch();
    const { searching, status, found, error } = match;
    return (
      <p>
        {searching ? "searching" : "idle"} {status?.waiting} {found?.room} {error?.code}
      </p>
    );
  };
  let tickets = 0;
  page.socket.answer("match:find", () => ({ ticket: `t${++tickets}` }));
  page.socket.answer("match:cancel", () => ({}));
  await page.show(<Search />);
  expect(page.text()).toBe("idle   ");
  await page.after(() => match!.find({ kind: "chess" }));
  await page.after(() => page.socket.say("match:status", { ticket: "t1", waiting: 3, within: 100 }));
  expect(page.text()).toBe("searching 3  ");
  await page.after(() =>
    page.socket.say("match:found", { ticket: "t1", room: "r7", seat: 0, players: [], confirmBy: 0 }),
  );
  expect(page.text()).toBe("idle 3 r7 ");
  await page.after(() => match!.find({ kind: "chess" }));
  await page.show(<p />);
  expect(page.socket.sentOf("match:cancel").map(({ ticket }) => ticket)).toEqual(["t2"]);
});

test("a search that is refused says why", async () => {
  let match: MatchState | undefined;
  const Search = () => {
    match = useMatch();
    return <p>{match.error?.code}</p>;
  };
  page.socket.refuse("match:find", { code: "not_found" });
  await page.show(<Search />);
  await page.after(() => match!.find({ kind: "chess" }));
  expect(page.text()).toBe("not_found");
  expect(match!.searching).toBe(false);
});

test("notices are read at the connection and whenever one comes, and marked as read up to the newest", async () => {
  let told: NoticesState | undefined;
  const Inbox = () => {
    told = useNotices();
    return <p>{`${told.unread}: ${told.notices.map(({ id }) => id).join()}`}</p>;
  };
  const kept = [{ id: "n1" }];
  page.socket.answer("notices:list", () => ({ notices: [...kept], cursor: null, unread: kept.length }));
  page.socket.answer("notices:read", () => ({}));
  await page.show(<Inbox />);
  expect(page.text()).toBe("1: n1");
  kept.unshift({ id: "n2" });
  await page.after(() => page.socket.say("notice", { id: "n2", room: "r", seq: 1, type: "mention", from: "x" }));
  expect(page.text()).toBe("2: n2,n1");
  await page.after(() => told!.markRead());
  expect(page.socket.sentOf("notices:read").map(({ upTo }) => upTo)).toEqual(["n2"]);
});
