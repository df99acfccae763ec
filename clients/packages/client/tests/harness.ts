import { vi } from "vitest";
import { connect, type Client, type ConnectOptions, type Room } from "../src/index.js";
import { entry, FakeSocket, joinReply } from "./fake-socket.js";

/** A client on a fake socket, with fake timers; `close` it after the test. */
export interface Harness {
  socket: FakeSocket;
  client: Client;
  /** What the error hook was given. */
  errors: unknown[];
  /** Join the room `lobby`, whose log has `head` entries. */
  joinLobby(head?: number, fields?: object): Promise<Room<{ turn: number }>>;
  /** Lose the connection, and have it back. */
  comeBack(): Promise<void>;
  close(): void;
}

/** Let everything happen that can happen without time passing. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

export async function openClient(options: ConnectOptions = {}): Promise<Harness> {
  vi.useFakeTimers();
  const socket = new FakeSocket();
  const errors: unknown[] = [];
  const client = connect({ createSocket: () => socket, onError: (error) => errors.push(error), ...options });
  client.ready().catch(() => undefined);
  await settle();
  return {
    socket,
    client,
    errors,
    joinLobby: async (head = 2, fields = {}) => {
      socket.answer("room:join", () => joinReply(head, { entries: [entry(1), entry(2)].slice(0, head), ...fields }));
      if (client.status.get() !== "online") socket.accept();
      return client.joinRoom<{ turn: number }>({ room: "lobby" });
    },
    comeBack: async () => {
      socket.drop();
      await vi.advanceTimersByTimeAsync(1_000);
      socket.accept();
      await settle();
    },
    close: () => {
      client.close();
      vi.useRealTimers();
    },
  };
}
