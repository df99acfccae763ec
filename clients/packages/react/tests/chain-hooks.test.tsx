/** @jsxImportSource react */
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Hex } from "@parlour/client";
import { ALICE, entry } from "../../client/tests/fake-socket.js";
import { useBalance, useChainEvents, useMarket, useRoom, useTransaction } from "../src/index.js";
import { letIn, openPage, type Page } from "./kit.js";

const HASH: Hex = "0xAB";
let page: Page;

beforeEach(async () => {
  page = openPage();
  await page.online();
});
afterEach(() => page.close());

function event(seq: number, name: string, address = "0xAa"): object {
  return entry(seq, { type: "chain.event", body: { event: name, chain: 1, address, block: { number: seq } } });
}

test("events are those that fit, without what a reorganisation undid", async () => {
  const Events = () => {
    const room = useRoom("lobby");
    const bought = useChainEvents({ event: "Bought", address: "0xaA" }, room);
    return (
      <p>
        {bought.map(({ seq }) => seq).join()} of {useChainEvents({}, room).length}
      </p>
    );
  };
  letIn(page.socket, {
    head: 4,
    entries: [event(1, "Bought"), event(2, "Sold"), event(3, "Bought"), event(4, "Bought", "0xbb")],
  });
  await page.show(<Events />);
  expect(page.text()).toBe("1,3 of 4");
  const reverted = entry(5, { type: "chain.reverted", body: { chain: 1, entries: [1], seqs: [1], of: [1] } });
  await page.after(() => page.socket.say("entry", reverted));
  expect(page.text()).toBe("3 of 3");
});

test("a transaction is as its room said last", async () => {
  const Sent = () => <p>{useTransaction(HASH, useRoom("lobby"))?.status ?? "nothing"}</p>;
  letIn(page.socket);
  await page.show(<Sent />);
  expect(page.text()).toBe("nothing");
  const told = (seq: number, hash: string, status: string) =>
    page.after(() =>
      page.socket.say("entry", entry(seq, { type: "wallet.transaction", body: { of: 1, chain: 1, hash, status } })),
    );
  await told(3, "0xab", "pending");
  await told(4, "0xcd", "failed");
  expect(page.text()).toBe("pending");
  await told(5, "0xab", "included");
  expect(page.text()).toBe("included");
});

test("a balance is read of my wallet's room, whatever the spelling of the token", async () => {
  const Balances = () => (
    <p>
      {useBalance({ chain: 1 })?.balance} {useBalance({ chain: 1, token: "0xAB" })?.balance}{" "}
      {useBalance({ chain: 5 })?.balance ?? "none"}
    </p>
  );
  letIn(page.socket, { state: { balances: { 1: { native: { balance: "7" }, "0xab": { balance: "9" } } } } });
  await page.show(<Balances />);
  expect(page.text()).toBe("7 9 none");
  expect(page.socket.sentOf("room:join").map(({ room }) => room)).toEqual([`wallet:${ALICE}`]);
});

test("a market shows its last price, and what a selector takes", async () => {
  const Price = () => (
    <p>
      {useMarket("market:1:0xAA")?.last?.price} {useMarket("market:1:0xAA", ({ pair }) => pair.base)}
    </p>
  );
  letIn(page.socket, { state: { last: { price: "3000" }, pair: { base: "WETH" } } });
  await page.show(<Price />);
  expect(page.text()).toBe("3000 WETH");
});
