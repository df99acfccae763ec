// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import type { Provider, Session } from "@parlour/client";
import { provider, session } from "../../src/account/session.js";
import { refund, sending, stake, stakedIn } from "../../src/chain/stake.js";
import { readStakes } from "../../src/chain/kept-stakes.js";
import { describeStake } from "../../src/chain/stake-panel.js";
import { methods, runtime } from "../../contracts/Stake.json";
import type { GameView } from "../../src/games/game.js";

const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const CONTRACT = { chain: 31337, address: "0x5FbDB2315678afecb367f032d93F642f64180aa3", amount: "5" };

/** A wallet on a chain where one contract stands; it keeps what it was asked. */
function walletWith(answers: Record<string, unknown>): { wallet: Provider; sent: Record<string, string>[] } {
  const sent: Record<string, string>[] = [];
  const usual: Record<string, unknown> = { eth_chainId: "0x7a69", eth_getCode: runtime, eth_sendTransaction: "0xabc" };
  const wallet: Provider = {
    request({ method, params }) {
      if (method === "eth_sendTransaction") sent.push((params as Record<string, string>[])[0]!);
      return Promise.resolve({ ...usual, ...answers }[method]);
    },
  };
  return { wallet, sent };
}

function hold(answers: Record<string, unknown> = {}): Record<string, string>[] {
  const { wallet, sent } = walletWith(answers);
  provider.value = wallet;
  return sent;
}

beforeEach(() => {
  session.value = { account: ALICE, address: ALICE, token: "t", expiresAt: 0 } as Session;
  sending.value = null;
  localStorage.clear();
});

test("a stake goes to the contract of this page's source", async () => {
  const sent = hold();
  await stake(CONTRACT, 5n, "High stakes");
  expect(sent).toEqual([{ from: ALICE, to: CONTRACT.address, value: "0x5", data: methods["stake()"] }]);
  expect(sending.value).toMatchObject({ what: "stake", tx: "0xabc" });
});

test.each(["eth_chainId", "eth_getCode", "eth_sendTransaction"])(
  "a wallet that never answers %s leaves the buttons to be pressed again",
  async (method) => {
    vi.useFakeTimers();
    hold({ [method]: new Promise(() => undefined) });
    const staked = expect(stake(CONTRACT, 5n, "High stakes")).rejects.toMatchObject({ reason: "pending" });
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(120_000);
    await staked;
    expect(sending.value).toBeNull();
    vi.useRealTimers();
  },
);

test("no stake goes to a contract that could keep it", async () => {
  for (const code of ["0x", "0x6001", `${runtime}00`]) {
    const sent = hold({ eth_getCode: code });
    await expect(stake(CONTRACT, 5n, "High stakes")).rejects.toMatchObject({ reason: "unknown_contract" });
    expect(sent).toEqual([]);
    expect(sending.value).toBeNull();
  }
});

test("a refund is done when it is mined, and says when the contract refuses it", async () => {
  const sent = hold({ eth_getTransactionReceipt: { status: "0x1", contractAddress: null } });
  await refund(CONTRACT);
  expect(sent).toEqual([{ from: ALICE, to: CONTRACT.address, data: methods["refund()"] }]);
  expect(sending.value).toBeNull();
  hold({ eth_getTransactionReceipt: { status: "0x0", contractAddress: null } });
  await expect(refund(CONTRACT)).rejects.toMatchObject({ reason: "failed" });
});

test("the chain says what is one's own, and nothing where the wallet looks at another", async () => {
  hold({ eth_call: `0x${7n.toString(16).padStart(64, "0")}` });
  expect(await stakedIn(CONTRACT)).toBe(7n);
  hold({ eth_call: "0x" });
  expect(await stakedIn(CONTRACT)).toBeNull();
  hold({ eth_chainId: "0x1" });
  expect(await stakedIn(CONTRACT)).toBeNull();
});

test("where a stake went is kept until it is taken back, each account's own", async () => {
  hold({ eth_getTransactionReceipt: { status: "0x1", contractAddress: null } });
  await stake(CONTRACT, 5n, "High stakes");
  expect(readStakes(ALICE)).toEqual([{ chain: 31337, address: CONTRACT.address, title: "High stakes" }]);
  expect(readStakes("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")).toEqual([]);
  await refund(CONTRACT);
  expect(readStakes(ALICE)).toEqual([]);
});

test("a stake is never said to be lost or won", () => {
  const view = { status: "ended", result: { winner: 0 } } as GameView;
  expect(describeStake(view, 0, 5n)).toContain("Winning pays nothing yet");
  expect(describeStake(view, 1, 5n)).toContain("Take yours back");
  expect(describeStake({ ...view, result: { winner: null, aborted: "left" } }, 0, 5n)).toContain("no stake is lost");
  expect(describeStake({ ...view, status: "waiting", result: null }, 0, 5n, true)).toContain("no stake is lost");
  expect(describeStake({ ...view, status: "playing", result: null }, null, 5n)).toContain("Take yours back");
});
