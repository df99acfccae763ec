// @vitest-environment happy-dom
import { cleanup, render, waitFor } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { BOB, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { Face } from "../../src/account/face.js";
import { nameOf } from "../../src/account/names.js";
import { comeIn, goOut } from "../inside.js";

let socket: FakeSocket;
afterEach(() => (cleanup(), goOut()));

test("a face is the pattern of its address until its profile has a picture", async () => {
  socket = comeIn();
  socket.answer("account:profiles", () => ({ profiles: { [BOB]: { name: "Bob", avatar: "0xab" } } }));
  const { container } = render(<Face account={BOB} size={24} />);
  expect([container.querySelector("svg") !== null, nameOf(BOB)]).toEqual([true, "0x7099…79C8"]);
  await new Promise((resolve) => setTimeout(resolve));
  socket.accept();
  await waitFor(() => expect(container.querySelector("img")?.getAttribute("src")).toBe("/api/avatars/0xab"));
  expect(nameOf(BOB)).toBe("Bob");
  expect(socket.sentOf("account:profiles")).toEqual([{ accounts: [BOB] }]);
});
