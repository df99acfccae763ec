// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { describeRound, SettlementPanel, type Settlement } from "../../src/chain/settlement-panel.js";

const SETTLEMENT: Settlement = {
  chain: 31337,
  escrow: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  stake: "10000000000000000",
  referee: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  nonce: 2,
  funded: [1],
  provisional: true,
  rounds: { "1": { state: "settled", tx: "0x11", status: "included" } },
};

afterEach(cleanup);

test("the panel shows the stake, who has funded, and what is provisional", () => {
  render(<SettlementPanel settlement={SETTLEMENT} seats={2} />);
  const panel = screen.getByLabelText("Escrow");
  expect(panel.textContent).toContain("0.01 ETH");
  expect(panel.textContent).toContain("1 of 2");
  expect(panel.textContent).toContain("provisional");
  expect(screen.getByLabelText("Rounds").textContent).toContain("Round 1: paid");
});

test("a panel of final stakes says so, before any round has ended", () => {
  render(<SettlementPanel settlement={{ ...SETTLEMENT, provisional: false, rounds: {} }} seats={2} />);
  expect(screen.getByLabelText("Escrow").textContent).toContain("final");
  expect(screen.getByLabelText("Rounds").children).toHaveLength(0);
});

test.each([
  [{ state: "unsettled" }, "no referee"],
  [{ state: "open" }, "waits for its claim"],
  [{ state: "claimed", settleAt: 0 }, "claimed"],
  [{ state: "claimed", settleAt: Date.UTC(2026, 0, 1) }, "to be paid from"],
  [{ state: "disputed" }, "second referee"],
  [{ state: "refunded" }, "went back"],
  [{ state: "settled", status: "finalized" }, "final"],
] as const)("a round that is %o is told in words", (round, words) => {
  expect(describeRound(round)).toContain(words);
});
