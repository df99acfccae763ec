export { formatSignInMessage, type SignInMessage } from "./auth/siwe.js";
export { createSession, type SessionManager, type SessionOptions } from "./auth/session.js";
export { resumeSession, signIn, signOut, type SignInOptions } from "./auth/sign-in.js";
export { deadSeqs, emojiForm, foldMessages } from "./chat/fold.js";
export type { Message } from "./chat/message.js";
export { connect, type Client, type ConnectOptions } from "./client.js";
export type { Status, StatusChange } from "./connection/connection.js";
export type { ErrorHook, Listener, Off } from "./connection/events.js";
export type { Post, PostStore } from "./connection/outbox.js";
export type { RetryOptions } from "./connection/retry.js";
export type { SocketLike, SocketSettings } from "./connection/socket.js";
export type { TokenOption, TokenSource } from "./connection/tokens.js";
export type { Upload, UploadOptions } from "./files/transfer.js";
export type { Lobby } from "./lobby/lobby.js";
export type { LobbyOptions } from "./lobby/list.js";
export type { FindMatchOptions, MatchSearch } from "./matching/search.js";
export { isParlourError, ParlourError } from "./protocol/errors.js";
export {
  describeGate,
  missingAtGate,
  type Gate,
  type GateLeaf,
  type GateNeed,
  type GateTree,
} from "./protocol/gates.js";
export type { NoticeOptions, ProfileOptions } from "./people/requests.js";
export type { ActionsOf, KindName, Kinds, OpenKind, OptionsOf, Register, ViewOf } from "./protocol/registry.js";
export type * from "./protocol/types.js";
export type { RoomEvents } from "./rooms/hearing.js";
export type { RoomStatus } from "./rooms/joining.js";
export type * from "./rooms/options.js";
export { applyPatch } from "./rooms/patch.js";
export type { MessagePage } from "./rooms/requests.js";
export type { Room } from "./rooms/room.js";
export type { Listing } from "./store/listing.js";
export type { Store } from "./store/store.js";
export { checksumAddress } from "./wallet/address.js";
export { discoverWallets, requestWallet, watchAccount, type Provider, type Wallet } from "./wallet/eip6963.js";
