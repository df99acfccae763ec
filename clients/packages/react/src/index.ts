"use client";
export {
  useAnnouncement,
  useBalance,
  useChainEvents,
  useMarket,
  useTransaction,
  type Balance,
  type EventFilter,
} from "./chain-hooks.js";
export { useLobby, useMatch, useNotices, type LobbyState, type MatchState, type NoticesState } from "./lists.js";
export { ParlourProvider, useClient, useSession, type ParlourProviderProps, type SessionState } from "./provider.js";
export { RoomProvider, useRoom, type RoomProviderProps, type UseRoom } from "./rooms.js";
export {
  useGame,
  useMessages,
  useOthers,
  usePresence,
  useSelf,
  useStatus,
  useTyping,
  type Presence,
  type Self,
  type Viewed,
} from "./room-hooks.js";
