/** A button that connects a wallet by wagmi, enters the lobby with it, and says gm. */
import { connect, createConfig, http, injected } from "@wagmi/core";
import { mainnet } from "@wagmi/core/chains";
import { enter } from "./enter.mjs";

const config = createConfig({ chains: [mainnet], connectors: [injected()], transports: { [mainnet.id]: http() } });

document.querySelector("button").onclick = async () => {
  await connect(config, { connector: config.connectors[0] });
  const client = await enter(config, "http://localhost:8080");
  const room = await client.joinRoom({ room: "lobby" });
  room.messages.subscribe((messages) => {
    document
      .querySelector("ol")
      .replaceChildren(
        ...messages.map(({ text }) => Object.assign(document.createElement("li"), { textContent: text })),
      );
  });
  await room.say("gm");
};
