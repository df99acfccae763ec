// Two people play a signed match with the SDK as it is shipped: argv = server, room, folder of the built SDK, of ws.
import { createRequire } from "node:module";

const [url, room, folder, modules] = process.argv.slice(2);
globalThis.WebSocket ??= createRequire(`${modules}/`)("ws"); // browsers have one, and Node from 22 on
const { connect, signIn } = await import(`file://${folder}/client.js`);
const { SessionKey } = await import(`file://${folder}/session.js`);
const wallets = JSON.parse(await new Promise((done) => process.stdin.once("data", (data) => done(String(data)))));

/** A wallet whose signatures come from the test: the SDK never sees its key. */
function provider({ address }) {
  const sign = async ([message]) => {
    console.log(JSON.stringify({ sign: message, address }));
    return new Promise((done) => process.stdin.once("data", (data) => done(JSON.parse(String(data)))));
  };
  const answers = { eth_requestAccounts: () => [address], eth_chainId: () => "0x1", personal_sign: sign };
  return { request: async ({ method, params }) => answers[method](params) };
}

const players = [];
for (const wallet of wallets) {
  const key = new SessionKey();
  const sessionKey = { address: key.address, room };
  const { token } = await signIn({ url, provider: provider(wallet), sessionKey, storage: null });
  const client = connect({ url, token, signer: key });
  if (!players.length) await client.createRoom({ kind: "tic-tac-toe", room, signed: true });
  players.push({ client, key, table: await client.joinRoom({ room, as: "player" }) });
}
for (const [number, cell] of [0, 3, 1, 4, 2].entries()) await players[number % 2].table.act("place", { cell });
console.log(JSON.stringify({ won: players[0].table.state, keys: players.map(({ key }) => key.address) }));
for (const { client } of players) client.close();
process.exit(0);
