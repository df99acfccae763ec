/** @jsxImportSource react */
// @vitest-environment happy-dom
import { memo, useState, version } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ALICE, BOB, entry } from "../../client/tests/fake-socket.js";
import {
  RoomProvider,
  useAnnouncement,
  useGame,
  useMessages,
  useOthers,
  usePresence,
  useRoom,
  useSelf,
  useStatus,
} from "../src/index.js";
import { letIn, openPage, pause, type Page } from "./kit.js";

interface Board {
  turn: number;
  cells: string[];
}

const STATE: Board = { turn: 0, cells: ["X", ""] };
let page: Page;

beforeEach(() => {
  page = openPage();
  letIn(page.socket, { state: STATE, presence: { v: 1, count: 2, members: [ALICE, BOB] }, role: "member", seat: 0 });
});
afterEach(() => page.close());

function Talk({ id = "lobby" }: { id?: string }) {
  const room = useRoom(id);
  const messages = useMessages(room);
  return (
    <p>
      {room.status.get()}: {messages.map(({ text }) => text).join(", ")}
    </p>
  );
}

test("the React under test is the one of its project", (context) => {
  expect(`react-${version.split(".")[0]}`).toBe(context.task.file.projectName);
});

test("a room in StrictMode is joined once, and its messages are shown as they come", async () => {
  await page.show(<Talk />);
  expect(page.text()).toBe("connecting: ");
  await page.after(() => page.socket.accept());
  expect(page.text()).toBe("online: line 1, line 2");
  await page.after(() => page.socket.say("entry", entry(3)));
  expect(page.text()).toBe("online: line 1, line 2, line 3");
  expect(page.socket.sentOf("room:join")).toHaveLength(1);
});

test("two components with one room share a join, and one that goes leaves the other its room", async () => {
  await page.online();
  await page.show([<Talk key="1" />, <Talk key="2" />]);
  await page.show([<Talk key="1" />]);
  await page.after(pause);
  await page.after(() => page.socket.say("entry", entry(3)));
  expect(page.text()).toBe("online: line 1, line 2, line 3");
  expect(page.socket.sentOf("room:join")).toHaveLength(1);
});

test("another page with the same room keeps it joined; a page without it leaves it", async () => {
  const Other = () => <Talk />;
  await page.online();
  await page.show(<Talk />);
  await page.show(<Other />);
  await page.after(pause);
  expect(page.socket.sentOf("room:join")).toHaveLength(1);
  await page.show(<p>elsewhere</p>);
  await page.after(pause);
  await page.show(<Talk />);
  expect(page.socket.sentOf("room:join")).toHaveLength(2);
  expect(page.text()).toBe("online: line 1, line 2");
});

test("another id is another room", async () => {
  await page.online();
  await page.show(<Talk id="a" />);
  await page.show(<Talk id="b" />);
  expect(page.socket.sentOf("room:join").map(({ room }) => room)).toEqual(["a", "b"]);
});

test("a selector renders again when what it takes changes, and only then", async () => {
  const renders = { turn: 0, cells: 0, all: 0 };
  const Turn = memo(() => {
    const turn = useGame(useRoom<Board>(), (board) => board.turn);
    renders.turn += 1;
    return <b>{turn}</b>;
  });
  const Cells = memo(() => {
    const full = useGame(useRoom<Board>(), (board) => board.cells.filter(Boolean)); // a new list each time
    renders.cells += 1;
    return <i>{full?.join()}</i>;
  });
  const Whole = memo(() => {
    const board = useGame(useRoom<Board>());
    renders.all += 1;
    return <u>{board?.turn}</u>;
  });
  const plain = openPage({ strict: false });
  letIn(plain.socket, { state: STATE });
  await plain.online();
  await plain.show(
    <RoomProvider id="t1">
      <Turn />
      <Cells />
      <Whole />
    </RoomProvider>,
  );
  expect(plain.text()).toBe("0X0");
  const before = { ...renders };
  await plain.after(() => plain.socket.say("state", { room: "t1", seq: 3, state: { ...STATE, turn: 1 } }));
  expect(plain.text()).toBe("1X1");
  expect(renders).toEqual({ turn: before.turn + 1, cells: before.cells, all: before.all + 1 });
  await plain.after(() =>
    plain.socket.say("state", { room: "t1", seq: 4, state: { ...STATE, turn: 1, cells: ["X", "O"] } }),
  );
  expect(plain.text()).toBe("1X,O1");
  expect(renders).toEqual({ turn: before.turn + 1, cells: before.cells + 1, all: before.all + 2 });
  await plain.close();
});

test("a selector that changes with its component is asked anew", async () => {
  let choose: (at: number) => void = () => undefined;
  const Cell = () => {
    const [at, setAt] = useState(0);
    choose = setAt;
    return <b>{useGame(useRoom<Board>("t1"), ({ cells }) => cells[at] || "empty")}</b>;
  };
  await page.online();
  await page.show(<Cell />);
  expect(page.text()).toBe("X");
  await page.after(() => choose(1));
  expect(page.text()).toBe("empty");
});

test("who is here, who else, and what I am", async () => {
  const Who = () => {
    const { count, members } = usePresence();
    const self = useSelf();
    return (
      <p>
        {count} {members.length} {useOthers().join()} {self?.account} {self?.role} {self?.seat}
      </p>
    );
  };
  await page.online();
  await page.show(
    <RoomProvider id="t1">
      <Who />
    </RoomProvider>,
  );
  expect(page.text()).toBe(`2 2 ${BOB} ${ALICE} member 0`);
  await page.after(() => page.socket.say("presence", { room: "t1", v: 2, count: 1, joined: [], left: [BOB] }));
  expect(page.text()).toBe(`1 1  ${ALICE} member 0`);
});

test("the status of the connection and of a room, and a room that ends", async () => {
  const State = () => {
    const room = useRoom("t1");
    return (
      <p>
        {useStatus()} {useStatus(room)} {room.ended}
      </p>
    );
  };
  await page.show(<State />);
  expect(page.text()).toBe("connecting connecting ");
  await page.after(() => page.socket.accept());
  expect(page.text()).toBe("online online ");
  await page.after(() => page.socket.drop());
  expect(page.text()).toBe("offline offline ");
  await page.after(() => page.socket.say("room:removed", { room: "t1", reason: "ban" }));
  expect(page.text()).toBe("offline ended ban");
});

test("an announcement of the server's operators is shown, and no other entry", async () => {
  const News = () => <p>{useAnnouncement(useRoom("lobby"))?.text ?? "none"}</p>;
  await page.online();
  await page.show(<News />);
  await page.after(() => page.socket.say("entry", entry(3)));
  expect(page.text()).toBe("none");
  const announced = { ...entry(4), type: "room.announced", body: { by: BOB, text: "Down at five" } };
  await page.after(() => page.socket.say("entry", announced));
  expect(page.text()).toBe("Down at five");
});

test("a hook without a room says what it needs", async () => {
  const Lost = () => <p>{useMessages().length}</p>;
  const caught: unknown[] = [];
  const error = console.error;
  console.error = () => undefined; // React says it too
  await page.show(<Lost />).catch((thrown) => caught.push(thrown));
  console.error = error;
  expect(String(caught[0])).toContain("needs a <RoomProvider>");
});
