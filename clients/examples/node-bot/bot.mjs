/** Answers every "gm" of a room: `BOT_KEY=0x… node bot.mjs http://localhost:8080 lobby`. */
import { connect, createSession } from "@parlour/client";
import { fromViem } from "@parlour/client/wallet";
import { createWalletClient, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { mainnet } from "viem/chains";

const [url = "http://localhost:8080", id = "lobby"] = process.argv.slice(2);
const account = privateKeyToAccount(process.env.BOT_KEY ?? generatePrivateKey());
const wallet = createWalletClient({ account, chain: mainnet, transport: http() }); // signs here: it asks no node

const session = createSession({ url });
const { account: me } = await session.signIn({ provider: fromViem(wallet) });
const client = connect({ url, token: session });
const room = await client.joinRoom({ room: id });

room.onEntry((entry) => {
  if (entry.type !== "chat.message" || entry.author === me) return;
  if (entry.body?.text === "gm") room.reply(entry.seq, "gm ☀️").catch(console.error);
});
room.onEnd(({ reason }) => console.log(`The room is over: ${reason}`));
console.log(`${me} listens in ${id}.`);
