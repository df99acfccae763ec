"use client";
export { useAnnouncement, useBalance, useChainEvents, useMarket, useTransaction, } from "./chain-hooks.js";
export { useLobby, useMatch, useNotices } from "./lists.js";
export { ParlourProvider, useClient, useSession } from "./provider.js";
export { RoomProvider, useRoom } from "./rooms.js";
export { useGame, useMessages, useOthers, usePresence, useSelf, useStatus, useTyping, } from "./room-hooks.js";
