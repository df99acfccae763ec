/** RainbowKit's button signs in to Parlour; the rooms below it use the same session. */
import "@rainbow-me/rainbowkit/styles.css";
import { ParlourProvider, RoomProvider, useMessages } from "@parlour/react";
import {
  ConnectButton,
  createAuthenticationAdapter,
  getDefaultConfig,
  RainbowKitAuthenticationProvider,
  RainbowKitProvider,
} from "@rainbow-me/rainbowkit";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { WagmiProvider } from "wagmi";
import { mainnet } from "wagmi/chains";
import { parlourAuth } from "./auth.mjs";

const url = "http://localhost:8080";
const { session, auth } = parlourAuth(url);
const adapter = createAuthenticationAdapter(auth);
const config = getDefaultConfig({ appName: "Parlour", projectId: "your WalletConnect id", chains: [mainnet] });
const queries = new QueryClient();

function Page() {
  const signedIn = useSyncExternalStore(session.session.subscribe, session.session.get);
  return (
    <RainbowKitAuthenticationProvider adapter={adapter} status={signedIn ? "authenticated" : "unauthenticated"}>
      <RainbowKitProvider>
        <ConnectButton />
        {signedIn && (
          <ParlourProvider url={url} token={session}>
            <RoomProvider id="lobby">
              <Lobby />
            </RoomProvider>
          </ParlourProvider>
        )}
      </RainbowKitProvider>
    </RainbowKitAuthenticationProvider>
  );
}

function Lobby() {
  return (
    <ol>
      {useMessages().map(({ seq, text }) => (
        <li key={seq}>{text}</li>
      ))}
    </ol>
  );
}

createRoot(document.getElementById("root")!).render(
  <WagmiProvider config={config}>
    <QueryClientProvider client={queries}>
      <Page />
    </QueryClientProvider>
  </WagmiProvider>,
);
