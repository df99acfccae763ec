/** A person inside: a session, a client on a fake socket, and rooms of it as the page has them. */
import { connect, type Session } from "@parlour/client";
import { ALICE, entry, FakeSocket, joinReply } from "../../../packages/client/tests/fake-socket.js";
import { session } from "../src/account/session.js";
import type { GameView } from "../src/games/game.js";
import { OpenRoom } from "../src/rooms/open-room.js";
import { client, status } from "../src/shell/connection.js";

/** Come in as Alice; the socket answers what a test has it answer. */
export function comeIn(): FakeSocket {
  const socket = new FakeSocket();
  session.value = { account: ALICE, address: ALICE, token: "t", expiresAt: Date.now() + 3_600_000 } as Session;
  const mine = connect({ createSocket: () => socket });
  mine.ready().catch(() => undefined);
  client.value = mine;
  status.value = { status: "online" };
  return socket;
}

/** Open the lobby, whose log has the messages 1 to `head`, those from `first` on with the join. */
export async function openLobby(socket: FakeSocket, head: number, apartMs = 3_600_000, first = 1): Promise<OpenRoom> {
  const all = Array.from({ length: head }, (_, i) => entry(i + 1, { at: i * apartMs }));
  const entries = all.slice(first - 1);
  socket.answer("room:join", () => joinReply(head, { entries }));
  await settle();
  if (!socket.connected) socket.accept();
  return new OpenRoom(client.value!, await client.value!.joinRoom<GameView>({ room: "lobby" }));
}

/** Let promises that wait for nothing settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export function goOut(): void {
  client.value?.close();
  client.value = null;
  session.value = null;
  sessionStorage.clear();
}
