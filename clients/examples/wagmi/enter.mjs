/** Signs in with the wallet that wagmi connected, v2 and v3 alike; another account in it signs out. */
import { connect, createSession } from "@parlour/client";
import { fromWagmi } from "@parlour/client/wallet";

/** @param {import("@wagmi/core").Config} config @param {string} url */
export async function enter(config, url) {
  const session = createSession({ url });
  const provider = fromWagmi(config);
  await session.signIn({ provider });
  session.follow(provider);
  return connect({ url, token: session });
}
