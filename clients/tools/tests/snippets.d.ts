/** What the snippets of the documentation leave to their reader. */
import type { Client, Lobby, Message, Provider, Room, RoomInfo, SessionManager, Wallet } from "@parlour/client";

declare global {
  interface Window {
    ethereum: Provider;
  }
  interface Board {
    cells: (string | null)[];
  }
  interface Poll {
    votes: number[];
  }
  const url: string;
  const client: Client;
  const session: SessionManager;
  const wallet: Wallet;
  const walletClient: import("@parlour/client/wallet").ViemWallet;
  const provider: Provider;
  const lobby: Lobby;
  const room: Room;
  function showChoices(wallets: Wallet[]): void;
  function showTables(rooms: readonly RoomInfo[]): void;
  function draw(messages: readonly Message[]): void;
  function drawBoard(board: Board): void;
}
