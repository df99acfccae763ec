/** The requests that this server takes on its socket, read from its AsyncAPI document. */
import type { Definitions, Schema } from "./schema.js";

export interface SocketRequest {
  name: string;
  says: string;
  schema: Schema;
}

/** The part of an AsyncAPI 3.0 document that is read. */
export interface AsyncApi {
  operations: Record<string, { action: string; summary: string }>;
  components: { messages: Record<string, { name: string; payload: Schema }>; schemas: Definitions };
}

/** List the requests by name: the server receives them. */
export function requestsOf({ operations, components }: AsyncApi): SocketRequest[] {
  return Object.entries(operations)
    .filter(([, { action }]) => action === "receive")
    .map(([key, { summary }]) => {
      const { name, payload } = components.messages[key]!;
      return { name, says: summary, schema: payload };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** List the names of the events that the server sends. */
export function eventsOf({ operations, components }: AsyncApi): string[] {
  const sent = Object.entries(operations).filter(([, { action }]) => action === "send");
  return sent.map(([key]) => components.messages[key]!.name);
}

/** What a form is filled with at first, so that a request can be sent as it is. */
export function firstValues(request: SocketRequest): Record<string, string> {
  const drawn = crypto.randomUUID().slice(0, 8);
  const known: Record<string, Record<string, string>> = {
    "room:create": { kind: "chat", id: `try-${drawn}`, title: "A room to try things in" },
    "room:post": { room: "lobby", id: drawn, type: "chat.message", body: '{"text": "Hello from the playground"}' },
    "room:join": { room: "lobby" },
    "room:history": { room: "lobby" },
  };
  return known[request.name] ?? {};
}
