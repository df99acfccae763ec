// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { PaneView } from "../../src/pane/pane-view.js";
import { closePane, showPane } from "../../src/pane/pane.js";
import { comeIn, goOut, openLobby } from "../inside.js";

let socket: FakeSocket;

beforeEach(() => void (socket = comeIn()));
afterEach(() => (cleanup(), goOut()));

test("who opens the search types into its field, and is back where it was opened once it closes", async () => {
  const room = await openLobby(socket, 1);
  render(
    <>
      <button>Open</button>
      <PaneView room={room} />
    </>,
  );
  screen.getByText("Open").focus();
  showPane({ kind: "search" });
  const field = await screen.findByRole("searchbox");
  await waitFor(() => expect(document.activeElement).toBe(field));
  closePane();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByText("Open")));
});
