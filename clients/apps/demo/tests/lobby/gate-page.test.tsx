// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";
import { provider } from "../../src/account/session.js";
import { GatePage } from "../../src/lobby/gate-page.js";
import { active, followRoute, gate } from "../../src/rooms/open-rooms.js";
import { entry, joinReply } from "../../../../packages/client/tests/fake-socket.js";
import { comeIn, goOut, settle } from "../inside.js";

afterEach(() => (cleanup(), goOut()));

test("a gated room says what is missing, opens once it is held, and closes when it is gone", async () => {
  const socket = comeIn();
  const leaf = { chain: 1, token: "0xc0", standard: "erc20", min: "5" };
  const shut = (have: string): void =>
    socket.refuse("room:join", { code: "forbidden", reason: "gate", details: { need: [leaf], have: [have] } });
  shut("2");
  followRoute();
  await settle();
  socket.accept();
  await vi.waitFor(() => expect(gate.value?.room).toBe("lobby"));
  render(<GatePage needs={gate.value!.needs} />);
  expect(screen.getByRole("listitem").textContent).toBe("at least 5 of 0xc0 on chain 1 You have 2.");
  socket.answer("room:join", () => joinReply(1, { entries: [entry(1)] }));
  screen.getByRole("button", { name: "Look again" }).click();
  await vi.waitFor(() => expect([active.value?.id, gate.value]).toEqual(["lobby", null]));
  shut("0");
  socket.say("room:removed", { room: "lobby", reason: "gate" });
  await vi.waitFor(() => expect([active.value, gate.value?.needs[0]?.have]).toEqual([null, "0"]));
});

test("what is missing of a token that its contract sells is bought, and a no in the wallet can be taken back", async () => {
  const wei = 10n ** 16n;
  const sent: unknown[] = [];
  let declines = true;
  const answers: Record<string, (asked: object) => unknown> = {
    eth_chainId: () => "0x1",
    eth_call: () => `0x${wei.toString(16).padStart(64, "0")}`,
    eth_sendTransaction: (asked) => {
      if (declines) throw Object.assign(new Error("no"), { code: 4001 });
      sent.push(asked);
      return "0xhash";
    },
  };
  provider.value = { request: async ({ method, params }: never) => answers[method]!(params?.[0] ?? {}) } as never;
  const leaf = { chain: 1, token: "0xc0", standard: "erc20", min: "5" } as const;
  render(
    <GatePage
      needs={[
        { leaf, have: "2" },
        { leaf: { ...leaf, standard: "erc721" }, have: "0" },
      ]}
    />,
  );
  const buy = await screen.findByRole("button", { name: "Buy 3 for 0.03 ETH" });
  buy.click();
  await vi.waitFor(() => expect(buy.textContent).toBe("Buy 3 for 0.03 ETH"));
  declines = false;
  buy.click();
  await vi.waitFor(() => expect(buy.textContent).toBe("Waiting for a block…"));
  expect(sent).toMatchObject([{ to: "0xc0", value: `0x${(3n * wei).toString(16)}`, data: "0xa6f2ae3a" }]);
  provider.value = null;
});
