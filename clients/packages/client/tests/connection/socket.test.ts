import { expect, test } from "vitest";
import { createSocket, type SocketPlace } from "../../src/connection/socket.js";

/** What a stock socket keeps of its place, which its types call private. */
interface Placed {
  io: { opts: { path: string } };
  nsp: string;
}

const placeOf = (place: SocketPlace): string[] => {
  const { io, nsp } = createSocket(place) as unknown as Placed;
  return [io.opts.path, nsp];
};

test("socket is at the root, below the url's path, or where the application says", () => {
  expect(placeOf({ url: "https://example.com" })).toEqual(["/socket.io", "/"]);
  expect(placeOf({ url: "https://example.com/rooms/" })).toEqual(["/rooms/socket.io", "/"]);
  expect(placeOf({ url: "https://example.com/rooms/", path: "/socket.io", namespace: "/parlour" })).toEqual([
    "/socket.io",
    "/parlour",
  ]);
});
