/** The entry `@parlour/client/wallet`: wallets and sign-in kits of other libraries, by their shapes alone. */
export { fromEthers, fromViem, fromWagmi, } from "./wallet/adapters/providers.js";
export { connectKitSiwe, rainbowKitAuth, reownSiwx } from "./wallet/adapters/kits.js";
