/** @jsxImportSource react */
// @vitest-environment happy-dom
import { startTransition, useLayoutEffect, useState } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { connect } from "@parlour/client";
import { FakeSocket } from "../../client/tests/fake-socket.js";
import { ParlourProvider, useGame, useMessages, useRoom } from "../src/index.js";
import { letIn, openPage, pause } from "./kit.js";

test("slow renderings in between never show two views of one game at once", async () => {
  const page = openPage();
  letIn(page.socket, { state: { turn: 0 } });
  await page.online();
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = false; // as in a browser
  const place = document.createElement("main");
  const commits: string[][] = [];
  let again: (round: number) => void = () => undefined;
  const Slow = () => {
    const turn = useGame(useRoom<{ turn: number }>("t1"), (state) => state.turn);
    for (const end = performance.now() + 2; performance.now() < end;); // longer than React works without a break
    return <i>{turn}</i>;
  };
  const Board = () => {
    const [round, setRound] = useState(0);
    again = setRound;
    useLayoutEffect(() => void commits.push([...place.querySelectorAll("i")].map((cell) => cell.textContent ?? "")));
    return Array.from({ length: 8 }, (_, at) => <Slow key={`${at}-${round}`} />);
  };
  const root = createRoot(place);
  root.render(
    <ParlourProvider client={page.client}>
      <Board />
    </ParlourProvider>,
  );
  await vi.waitFor(() => expect(commits).toHaveLength(1));
  for (let turn = 1; turn <= 5; turn++) {
    startTransition(() => again(turn));
    await pause();
    page.socket.say("state", { room: "t1", seq: turn + 2, state: { turn } }); // in the middle of it
    await vi.waitFor(() => expect(commits.length).toBeGreaterThan(turn), 5_000);
  }
  await vi.waitFor(() => expect(place.textContent).toBe("5".repeat(8)), 5_000);
  expect(commits.filter((cells) => new Set(cells).size > 1)).toEqual([]);
  root.unmount();
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  await page.close();
});

test("a page takes over a server's markup without a difference, and then shows its room", async () => {
  const socket = new FakeSocket();
  letIn(socket);
  const client = connect({ createSocket: () => socket });
  client.ready().catch(() => undefined);
  await pause();
  socket.accept();
  await client.joinRoom({ room: "lobby" }); // the page knows more than the server did
  const Talk = () => <p>{useMessages(useRoom("lobby")).length} messages</p>;
  const place = document.createElement("main");
  place.innerHTML = "<!--$--><p>0<!-- --> messages</p><!--/$-->";
  const differences: unknown[] = [];
  const page = openPage();
  await page.after(() => {
    const whole = (
      <ParlourProvider client={client}>
        <Talk />
      </ParlourProvider>
    );
    hydrateRoot(place, whole, { onRecoverableError: (error) => differences.push(error) });
  });
  expect(differences).toEqual([]);
  expect(place.textContent).toBe("2 messages");
  client.close();
});
