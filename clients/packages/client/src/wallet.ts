/** The entry `@parlour/client/wallet`: wallets and sign-in kits of other libraries, by their shapes alone. */
export {
  fromEthers,
  fromViem,
  fromWagmi,
  type EthersSigner,
  type ViemWallet,
  type WagmiConfig,
} from "./wallet/adapters/providers.js";
export { connectKitSiwe, rainbowKitAuth, reownSiwx, type KitSession } from "./wallet/adapters/kits.js";
