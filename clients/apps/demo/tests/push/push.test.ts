// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import type { Client } from "@parlour/client";
import { ALICE, BOB, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { pushState, startPush, stopPush, type PushBrowser } from "../../src/push/push.js";
import { client } from "../../src/shell/connection.js";
import { comeIn, settle } from "../inside.js";

/** A browser with a push service: `answer` is what the person says, `key` what it was subscribed with. */
class FakeBrowser implements PushBrowser {
  answer: NotificationPermission = "granted";
  key: string | null = null;
  #asked: NotificationPermission = "default";
  readonly #registration = {
    active: {},
    pushManager: {
      subscribe: async ({ applicationServerKey }: PushSubscriptionOptionsInit) => {
        this.key = applicationServerKey as string;
        return this.#subscription;
      },
      getSubscription: async () => (this.key === null ? null : this.#subscription),
    },
  } as unknown as ServiceWorkerRegistration;
  readonly #subscription = {
    toJSON: () => ({ endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" } }),
    unsubscribe: async () => ((this.key = null), true),
  } as unknown as PushSubscription;
  readonly workers = {
    register: async () => this.#registration,
    getRegistration: async () => this.#registration,
  };
  readonly permission = (): NotificationPermission => this.#asked;
  readonly ask = async (): Promise<NotificationPermission> => (this.#asked = this.answer);
}

let socket: FakeSocket;
let browser: FakeBrowser;
const mine = (): Client => client.value!;

beforeEach(async () => {
  localStorage.clear();
  browser = new FakeBrowser();
  socket = comeIn();
  await settle();
  socket.accept({ push: "the server's key" });
  socket.answer("account:push", () => ({}));
});

test("a browser is asked, subscribed with the server's key, and named to the server", async () => {
  expect(await pushState(mine(), ALICE, browser)).toBe("off");
  expect(await startPush(mine(), ALICE, browser)).toBe("on");
  expect(browser.key).toBe("the server's key");
  const subscription = { endpoint: "https://push.example/1", keys: { p256dh: "p", auth: "a" } };
  expect(socket.sentOf("account:push")).toEqual([{ subscription, on: true }]);
});

test("a browser that tells an account is named again, and tells no other", async () => {
  await startPush(mine(), ALICE, browser);
  expect(await pushState(mine(), ALICE, browser)).toBe("on");
  expect(socket.sentOf("account:push")).toHaveLength(2);
  expect(await pushState(mine(), BOB, browser)).toBe("off");
});

test("stopping ends the subscription", async () => {
  await startPush(mine(), ALICE, browser);
  await stopPush(browser);
  expect([browser.key, await pushState(mine(), ALICE, browser)]).toEqual([null, "off"]);
});

test("who wants no notifications is not subscribed", async () => {
  browser.answer = "denied";
  expect(await startPush(mine(), ALICE, browser)).toBe("refused");
  expect([browser.key, await pushState(mine(), ALICE, browser)]).toEqual([null, "refused"]);
});

test("a subscription that the server refuses is ended", async () => {
  socket.refuse("account:push", { code: "illegal", reason: "push_subscriptions" });
  await expect(startPush(mine(), ALICE, browser)).rejects.toMatchObject({ reason: "push_subscriptions" });
  expect([browser.key, await pushState(mine(), ALICE, browser)]).toEqual([null, "off"]);
});

test("without a key of the server, or without push in the browser, nothing can be had", async () => {
  expect(await pushState(mine(), ALICE, null)).toBe("unable");
  socket.accept();
  expect(await pushState(mine(), ALICE, browser)).toBe("unable");
});
