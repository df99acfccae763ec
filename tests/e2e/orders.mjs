/**
 * The JavaScript client of an older release, on orders from stdin: node orders.mjs <url> <client.js> <address>.
 *
 * As orders.py; it has no wallet: `{sign}` asks for the signature of a message, which comes as `{signature}`.
 */
import { createInterface } from "node:readline";

const [url, source, address] = process.argv.slice(2);
const { connect, ParlourError, signIn } = await import(source);
const tell = (news) => process.stdout.write(JSON.stringify(news) + "\n");
const joined = new Map();
let signed;

async function obey(client, order) {
  if (order.do === "join") {
    const room = await client.joinRoom({ room: order.room, ...(order.as && { as: order.as }) });
    joined.set(order.room, room);
    room.onEntry(({ seq, body }) => tell({ entry: { room: room.id, seq, body } }));
    room.onState((view) => tell({ state: { room: room.id, view } }));
    return { head: room.head, seat: room.seat, view: room.state };
  }
  const room = joined.get(order.room);
  if (order.do === "say") return { seq: (await room.post({ type: "chat.message", body: { text: order.text } })).seq };
  try {
    return { seq: (await room.act(order.action, order.args)).seq };
  } catch (error) {
    if (!(error instanceof ParlourError && error.code === "illegal")) throw error;
    return { refused: error.reason };
  }
}

async function main() {
  const wallet = {
    eth_requestAccounts: () => [address],
    eth_chainId: () => "0x1",
    personal_sign: ([message]) => new Promise((resolve) => ((signed = resolve), tell({ sign: message }))),
  };
  const provider = { request: async ({ method, params }) => wallet[method](params) };
  const session = await signIn({ url, provider, storage: null });
  const client = connect({ url, token: session.token });
  tell({ account: (await client.ready()).account, source });
  return client;
}

const ready = new Promise((resolve) => {
  createInterface({ input: process.stdin })
    .on("line", async (line) => {
      const order = JSON.parse(line);
      if (order.signature) return signed(order.signature);
      tell({ n: order.n, answer: await obey(await ready, order) });
    })
    .on("close", () => process.exit(0));
  resolve(main());
});
