// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";
import type { Entry, Provider } from "@parlour/client";
import {
  ALICE,
  BOB,
  entry,
  hashOf,
  joinReply,
  type FakeSocket,
} from "../../../../packages/client/tests/fake-socket.js";
import { provider } from "../../src/account/session.js";
import { dev } from "../../src/account/dev.js";
import { client } from "../../src/shell/connection.js";
import { problem } from "../../src/shell/toast.js";
import { activityOf, factsOf, rawAmount } from "../../src/wallet/wallet-room.js";
import { describeActivity, WalletPanel } from "../../src/wallet/wallet-panel.js";
import { comeIn, goOut, settle } from "../inside.js";

const ROOM = `wallet:${ALICE}`;
const TX = hashOf(99);
const TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

afterEach(() => (cleanup(), goOut(), (problem.value = "")));

function told(seq: number, type: string, body: object): Entry {
  return entry(seq, { room: ROOM, type, body });
}

function status(seq: number, of: string, more: object = {}): Entry {
  return told(seq, "wallet.transaction", { of: 1, chain: 31337, hash: TX, status: of, ...more });
}

/** Alice's panel; her wallet answers `sent` to what it is asked to send. */
async function panel(sent: () => Promise<string>): Promise<{ socket: FakeSocket; asked: unknown[] }> {
  const asked: unknown[] = [];
  const socket = comeIn();
  dev.value = { dev: true, wallets: [], chain: { chainId: 31337, rpc: null }, stake: null, rooms: [] };
  provider.value = {
    async request({ method, params }) {
      if (method === "eth_chainId") return "0x7a69";
      asked.push(...(params as unknown[]));
      return sent();
    },
  } as Provider;
  const state = {
    balances: {
      31337: { native: { balance: "1500000000000000000", status: "included", block: { number: 1, hash: TX } } },
    },
  };
  socket.answer("room:join", () => {
    const reply = joinReply(0) as { room: object };
    return {
      ...reply,
      room: { ...reply.room, id: ROOM, kind: "wallet", options: { chains: [], tokens: [], native: true } },
      state,
    };
  });
  socket.answer("room:configure", () => ({}));
  socket.answer("room:post", () => ({ seq: 1, at: 0 }));
  render(<WalletPanel client={client.value!} account={ALICE} />);
  await settle();
  socket.accept();
  await screen.findByText("1.5");
  return { socket, asked };
}

function write(amount: string): void {
  fireEvent.input(screen.getByLabelText("Amount"), { target: { value: amount } });
  fireEvent.input(screen.getByLabelText("To"), { target: { value: BOB } });
  fireEvent.submit(screen.getByLabelText("Amount").closest("form")!);
}

test("a panel follows the coin of the chain, and a token that is named", async () => {
  const { socket } = await panel(async () => TX);
  await vi.waitFor(() => expect(socket.sentOf("room:configure")).toHaveLength(1));
  const options = { chains: [31337], native: true, tokens: [] as string[] };
  expect(socket.sentOf("room:configure")[0]).toMatchObject({ room: ROOM, options });
  fireEvent.input(screen.getByLabelText("Token to follow"), { target: { value: ` ${TOKEN} ` } });
  fireEvent.submit(screen.getByLabelText("Token to follow").closest("form")!);
  await vi.waitFor(() => expect(socket.sentOf("room:configure")).toHaveLength(2));
  expect(socket.sentOf("room:configure")[1]).toMatchObject({ options: { ...options, tokens: [TOKEN] } });
});

test("what is sent is tracked, and shown as far as the room says", async () => {
  const { socket, asked } = await panel(async () => TX);
  write("0.25");
  await vi.waitFor(() => expect(socket.sentOf("room:post")).toHaveLength(1));
  expect(asked).toEqual([{ from: ALICE, to: BOB, value: "0x3782dace9d90000" }]);
  expect(socket.sentOf("room:post")[0]).toMatchObject({ type: "wallet.track", body: { chain: 31337, hash: TX } });
  socket.say("entry", told(1, "wallet.track", { chain: 31337, hash: TX }));
  const lines = screen.getByRole("status", { name: "Transactions" });
  for (const [seq, of, words] of [
    [2, "pending", "Waiting for a block"],
    [3, "included", "In a block"],
    [4, "orphaned", "Undone"],
    [5, "finalized", "Final"],
  ] as const) {
    socket.say("entry", status(seq, of));
    await vi.waitFor(() => expect(lines.textContent).toContain(words));
  }
  expect(lines.querySelectorAll("li")).toHaveLength(1);
});

test("a transaction that the wallet declines is not tracked, and what was typed stays", async () => {
  const { socket } = await panel(() => Promise.reject(Object.assign(new Error("no"), { code: 4001 })));
  write("0.25");
  await vi.waitFor(() => expect(problem.value).toContain("declined in the wallet"));
  expect(socket.sentOf("room:post")).toEqual([]);
  expect(screen.getByLabelText<HTMLInputElement>("Amount").value).toBe("0.25");
});

test("a transaction that is sent and not tracked is told as sent, and not offered again", async () => {
  const { socket } = await panel(async () => TX);
  socket.refuse("room:post", { code: "rate_limited", message: "Wait a while." });
  write("0.25");
  await vi.waitFor(() => expect(problem.value).toBe(`It was sent as ${TX}, and is not followed here: Wait a while.`));
  expect(screen.getByLabelText<HTMLInputElement>("Amount").value).toBe("");
});

test.each(["", "-1", "1e3", "0.0000000000000000001", "ten"])("the amount %o is asked for anew", async (amount) => {
  const { asked } = await panel(async () => TX);
  write(amount);
  await vi.waitFor(() => expect(problem.value).toContain("Write the amount"));
  expect(asked).toEqual([]);
});

test("amounts are whole numbers of the smallest unit", () => {
  expect([rawAmount("1", 18), rawAmount("0,5", 1), rawAmount("12", 0)]).toEqual([10n ** 18n, 5n, 12n]);
  expect(rawAmount("0.5", 0)).toBeNull();
});

test("a token is called what it says of itself, else by its address", () => {
  const meta = { symbol: "GM", decimals: 6 };
  const entries = [told(1, "wallet.balance", { chain: 1, token: TOKEN.toLowerCase(), meta })];
  expect(factsOf(entries, 1, TOKEN)).toEqual(meta);
  expect(factsOf(entries, 2, TOKEN)).toEqual({ symbol: "0x5FbD…0aa3", decimals: 0 });
});

test("a transaction that another took the place of says which kind that was", () => {
  const [one] = activityOf([status(2, "replaced", { replacement: "cancelled" })]);
  expect(describeActivity(one!)).toBe("Cancelled");
  expect(describeActivity({ ...one!, status: "failed", reason: "out of gas" })).toBe("Failed: out of gas");
});
