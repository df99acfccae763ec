/** Plays the steps of one conversation: the application on one side, a scripted server on the other. */
import { expect, vi } from "vitest";
import { connect, createSession, ParlourError, type Client, type Message, type Room } from "../../src/index.js";
import { ALICE } from "../fake-socket.js";
import { Documents } from "./documents.js";
import { expand, isMap, Names, numbers, writeOut, type Json, type JsonMap } from "./vectors.js";

interface Request {
  event: string;
  payload: unknown;
  /** Called with the answer; or the request's number, which an `ack` event names. */
  ack: ((reply: unknown) => void) | number;
}

type Step = JsonMap & { args?: JsonMap; on?: string; as?: string };

export class Player {
  readonly #names = new Names();
  readonly #rooms = new Map<string, Room>();
  readonly #documents = new Documents();
  readonly #heard = new Map<string, number[]>();
  readonly #resets = new Map<string, number>();
  readonly #calls = new Map<string, unknown>();
  readonly #called = new Map<string, number>();
  readonly #errors: string[] = [];
  readonly #listeners = new Map<string, ((...values: never[]) => void)[]>();
  readonly #unanswered = new Map<string, Request>();
  #sent: Request[] = [];
  #dials: { auth: unknown; transports: unknown }[] = [];
  #transports: readonly string[] = [];
  #tokens: Json[] | undefined;
  #renewals = 0;
  #client: Client | undefined;

  async play(steps: readonly JsonMap[]): Promise<void> {
    for (const [at, step] of steps.entries()) {
      try {
        await this.#step(step as Step);
        await vi.advanceTimersByTimeAsync(0);
      } catch (error) {
        throw new Error(`line ${at + 2}: ${JSON.stringify(step).slice(0, 300)}: ${String(error)}`, { cause: error });
      }
    }
    this.#nothingMore();
  }

  close(): void {
    this.#documents.close();
    this.#client?.close();
  }

  async #step(step: Step): Promise<void> {
    if ("client" in step) this.#call(step);
    else if ("tokens" in step) this.#serveTokens(step.tokens as Json[]);
    else if ("chance" in step) vi.spyOn(Math, "random").mockReturnValue(step.chance as number);
    else if ("clock" in step) await vi.advanceTimersByTimeAsync(step.clock as number);
    else if ("dial" in step) this.#names.check(step.dial!, this.#dials.shift() ?? "no socket", "dial");
    else if ("open" in step) this.#say("welcome", { protocol: 1, account: "$me", ...(step.open as JsonMap) });
    else if ("refuse" in step) this.#refuse(step.refuse as JsonMap | null);
    else if ("drop" in step) this.#drop(step.drop as string);
    else if (step.wire === "→") this.#matchRequest(step);
    else if ("ack" in step) this.#answer(step);
    else if ("wire" in step) for (const data of expand(step.data!)) this.#say(step.event as string, data);
    else if ("expect" in step) this.#expect(step.expect as JsonMap);
    else if (!("bob" in step)) throw new Error("unknown step");
  }

  /** Every request and every socket so far was matched by a step. */
  #nothingMore(): void {
    expect(this.#sent.map(({ event, payload }) => [event, payload])).toEqual([]);
    expect(this.#dials).toEqual([]);
  }

  // ── the application ───────────────────────────────────────────────────────────────────────────────────────────

  #call({ client: verb, on = "", as = "", ...step }: Step): void {
    const args = writeOut(step.args ?? {}) as never;
    const verbs = { ...this.#verbs(this.#rooms.get(on)!, args, as), ...this.#documents.verbs(on, args) };
    const result = verbs[verb as string]!();
    if (!(result instanceof Promise)) return;
    this.#calls.set(as, "pending");
    result.then(
      (value: unknown) => this.#calls.set(as, { ok: isMap(value) ? value : {} }),
      (error: unknown) => this.#calls.set(as, { error: error instanceof ParlourError ? error.code : String(error) }),
    );
  }

  #verbs(room: Room, args: never, as: string): Record<string, () => unknown> {
    const { text, seq, emoji, on, ...rest } = args as { text: string; seq: number; emoji: string; on?: boolean };
    return {
      connect: () => this.#connect(),
      join: () => this.#join(as, args),
      lobby: () => this.#client!.lobby(args).ready,
      create: () => this.#client!.createRoom(args),
      find: () => this.#client!.findMatch(args).found,
      listen: () => this.#listen(room, as, args),
      post: () => room.post(args),
      say: () => room.say(text, rest),
      edit: () => room.edit(seq, text),
      delete: () => room.remove(seq),
      react: () => room.react(seq, emoji, on),
      pin: () => room.pin(seq, on),
      signal: () => room.signal(args),
      release: () => room.release(),
      leave: () => room.leave(),
      document: () => this.#documents.open(room, as, args),
    };
  }

  #connect(): void {
    const socket = {
      auth: {},
      on: (event: string, listener: (...values: never[]) => void) =>
        this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]),
      emit: (event: string, payload: unknown, ack: Request["ack"]) => this.#sent.push({ event, payload, ack }),
      connect: () => this.#dials.push({ auth: socket.auth, transports: this.#transports }),
      disconnect: () => undefined,
    };
    const session = this.#tokens && createSession({ url: "https://parlour.test", storage: null, provider: wallet });
    const signedIn = session?.signIn();
    this.#client = connect({
      createSocket: ({ transports }) => ((this.#transports = transports), socket),
      onError: (error) => this.#errors.push((error as Error).message),
      ...(session && { token: () => signedIn!.then(() => session.token()) }),
    });
    this.#client.ready().catch(() => undefined);
  }

  #join(as: string, options: { room: string; limit?: number }): Promise<unknown> {
    const room = this.#client!.openRoom(options);
    this.#rooms.set(as, room);
    this.#heard.set(as, []);
    this.#resets.set(as, 0);
    room.onEntry(({ seq }) => this.#heard.get(as)!.push(seq));
    room.onReset(() => this.#resets.set(as, this.#resets.get(as)! + 1));
    return room.ready;
  }

  #listen(room: Room | undefined, as: string, { raises }: { raises?: string }): void {
    this.#called.set(as, 0);
    const listener = (): void => {
      this.#called.set(as, this.#called.get(as)! + 1);
      if (raises !== undefined) throw new Error(raises);
    };
    if (room) room.onSignal(listener);
    else this.#client!.onNotice(listener);
  }

  #serveTokens(tokens: Json[]): void {
    this.#tokens = tokens;
    vi.stubGlobal("fetch", async (url: string) => {
      if (url.endsWith("/auth/nonce")) return Response.json({ domain: "x", uri: "x", nonce: "x", chainIds: [1] });
      return Response.json(tokens[Math.min(this.#renewals++, tokens.length - 1)]);
    });
  }

  // ── the server ────────────────────────────────────────────────────────────────────────────────────────────────

  #say(event: string, data: Json): void {
    this.#tell(event, this.#names.filled(data));
  }

  #tell(event: string, value: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value as never);
  }

  #refuse(data: JsonMap | null): void {
    this.#tell("connect_error", Object.assign(new Error("refused"), data && { data }));
  }

  #drop(reason: string): void {
    this.#unanswered.clear();
    this.#tell("disconnect", reason);
  }

  #matchRequest(step: Step): void {
    const request = this.#sent.shift();
    if (!request) throw new Error("nothing was sent");
    expect(request.event).toBe(step.event);
    this.#names.check(writeOut(step.match!), request.payload, request.event);
    if ("n" in step) this.#names.check(step.n!, request.ack, `${request.event} n`);
    this.#unanswered.set(step.as ?? `unnamed ${this.#unanswered.size} ${request.event}`, request);
  }

  #answer(step: Step): void {
    const name = (step.to as string | undefined) ?? [...this.#unanswered.keys()][0]!;
    const request = this.#unanswered.get(name)!;
    this.#unanswered.delete(name);
    const answer = this.#names.filled(writeOut(step.ack!));
    if (typeof request.ack === "number") this.#tell("ack", { n: request.ack, answer });
    else request.ack(answer);
  }

  // ── what is expected ──────────────────────────────────────────────────────────────────────────────────────────

  #expect(wanted: JsonMap): void {
    this.#nothingMore();
    const client = this.#client!;
    const status = client.status.get();
    const seen = {
      status: status === "connecting" ? "offline" : status,
      unsent: client.unsent,
      renewals: this.#renewals,
      errors: this.#errors,
      called: Object.fromEntries(this.#called),
      calls: Object.fromEntries(this.#calls),
      documents: this.#documents.seen(),
      rooms: Object.fromEntries([...this.#rooms].map(([name, room]) => [name, this.#seen(name, room)])),
    };
    this.#names.check(numbers(wanted), seen, "expect");
    for (const [name, room] of Object.entries((wanted.rooms ?? {}) as Record<string, JsonMap>)) {
      if ("state" in room) expect(this.#rooms.get(name)!.state).toStrictEqual(room.state);
    }
  }

  #seen(name: string, room: Room): object {
    return {
      head: room.head,
      entries: room.entries.get().map(({ seq }) => seq),
      heard: this.#heard.get(name),
      resets: this.#resets.get(name),
      state: room.state,
      presence: room.presence.get(),
      messages: room.messages.get().map(plain),
      ended: room.ended,
    };
  }
}

function plain(message: Message): object {
  return { ...message, reactions: Object.fromEntries(message.reactions) };
}

const wallet = {
  async request({ method }: { method: string }): Promise<unknown> {
    if (method === "eth_requestAccounts") return [ALICE];
    return method === "eth_chainId" ? "0x1" : "0x00";
  },
};
