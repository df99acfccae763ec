/** Notices as notifications of the browser, also while no page of ours is open (Push API). */
import type { Account, Client } from "@parlour/client";
import { base } from "../shell/base.js";

/** `unable`: the browser or the server has no push. `refused`: the person lets this site show no notifications. */
export type PushState = "unable" | "refused" | "off" | "on";

/** What a browser has of push; tests have one of their own. */
export interface PushBrowser {
  workers: Pick<ServiceWorkerContainer, "getRegistration" | "register">;
  permission: () => NotificationPermission;
  ask: () => Promise<NotificationPermission>;
}

/** Beside the page's other files: its scope is their folder, and no page is in it, so it answers no request. */
const WORKER = `${base}/demo/push-worker.js`;
/** Whom this browser's subscription tells; the server has no request that says so. */
const TOLD_KEY = "parlour:push";

/** Return what this browser has of push; null where it has none, as in a page without TLS. */
export function thisBrowser(): PushBrowser | null {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return null;
  return {
    workers: navigator.serviceWorker,
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
  };
}

/** Say whether this browser tells an account of its notices, and name it to the server again if it does. */
export async function pushState(client: Client, account: Account, browser = thisBrowser()): Promise<PushState> {
  if (!browser || !client.me.get()?.push) return "unable";
  if (browser.permission() === "denied") return "refused";
  const subscription = localStorage.getItem(TOLD_KEY) === account ? await subscriptionOf(browser) : null;
  if (!subscription) return "off";
  await client.push(subscription);
  return "on";
}

/** Ask the person, subscribe with the server's key, and name the subscription to the server. @throws ParlourError */
export async function startPush(client: Client, account: Account, browser = thisBrowser()): Promise<PushState> {
  const key = client.me.get()?.push;
  if (!browser || !key) return "unable";
  const answer = await browser.ask();
  if (answer !== "granted") return answer === "denied" ? "refused" : "off";
  await stopPush(browser); // one for another account, or with a key the server has no more
  const registration = await browser.workers.register(WORKER);
  await activated(registration);
  const asked = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await registration.pushManager.subscribe(asked);
  try {
    await client.push(subscription);
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
  localStorage.setItem(TOLD_KEY, account);
  return "on";
}

/** End this browser's subscription: its service refuses the server's next push, and the server forgets it. */
export async function stopPush(browser = thisBrowser()): Promise<void> {
  localStorage.removeItem(TOLD_KEY);
  if (browser) await (await subscriptionOf(browser))?.unsubscribe();
}

async function subscriptionOf(browser: PushBrowser): Promise<PushSubscription | null> {
  return (await (await browser.workers.getRegistration(WORKER))?.pushManager.getSubscription()) ?? null;
}

/** Wait until a worker just registered runs: no browser subscribes before. */
async function activated({ active, installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  const coming = installing ?? waiting;
  if (active || !coming) return;
  await new Promise<void>((resolve) => {
    coming.addEventListener("statechange", () => coming.state === "activated" && resolve());
  });
}
