/** @jsxImportSource react */
import { act, StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { connect, type Client } from "@parlour/client";
import { entry, FakeSocket, joinReply } from "../../client/tests/fake-socket.js";
import { ParlourProvider } from "../src/index.js";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

/** A page with a client on a fake socket. */
export interface Page {
  socket: FakeSocket;
  client: Client;
  errors: unknown[];
  /** What the page shows. */
  text(): string;
  show(children: ReactNode): Promise<void>;
  /** Let something happen, and everything that follows at once. */
  after(happens: () => unknown): Promise<void>;
  /** Connect before anything is shown. */
  online(): Promise<void>;
  close(): Promise<void>;
}

/** Open a page; what is shown is inside a provider, and in StrictMode by default. */
export function openPage({ strict = true } = {}): Page {
  const socket = new FakeSocket();
  const errors: unknown[] = [];
  const client = connect({ createSocket: () => socket, onError: (error) => errors.push(error) });
  const place = document.createElement("main");
  const root = createRoot(place);
  const after = async (happens: () => unknown): Promise<void> => {
    await act(async () => {
      await happens();
      await turns();
    });
  };
  return {
    socket,
    client,
    errors,
    text: () => place.textContent ?? "",
    show: (children) => {
      const whole = <ParlourProvider client={client}>{children}</ParlourProvider>;
      return after(() => root.render(strict ? <StrictMode>{whole}</StrictMode> : whole));
    },
    after,
    online: async () => {
      client.ready().catch(() => undefined);
      await turns();
      socket.accept();
    },
    close: async () => {
      await after(() => root.unmount());
      client.close();
    },
  };
}

/** Have the server let everybody into every room, whose log has two messages. */
export function letIn(socket: FakeSocket, fields: object = {}): void {
  socket.answer("room:join", () => joinReply(2, { entries: [entry(1), entry(2)], ...fields }));
}

/** Let timers of no time run out. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** Let promises that wait for nothing settle. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
