export { formatSignInMessage } from "./auth/siwe.js";
export { createSession } from "./auth/session.js";
export { resumeSession, signIn, signOut } from "./auth/sign-in.js";
export { deadSeqs, emojiForm, foldMessages } from "./chat/fold.js";
export { connect } from "./client.js";
export { ParlourError } from "./protocol/errors.js";
export { applyPatch } from "./rooms/patch.js";
export { checksumAddress } from "./wallet/address.js";
export { discoverWallets, requestWallet, watchAccount } from "./wallet/eip6963.js";
