/** @jsxImportSource react */
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import {
  ParlourProvider,
  RoomProvider,
  useBalance,
  useChainEvents,
  useGame,
  useLobby,
  useMarket,
  useMatch,
  useMessages,
  useNotices,
  useOthers,
  usePresence,
  useRoom,
  useSelf,
  useSession,
  useStatus,
  useTransaction,
  useTyping,
} from "../src/index.js";

const Everything = () => {
  const room = useRoom<{ turn: number }>("t1", { as: "player" });
  const shown = [
    useStatus(),
    useStatus(room),
    useMessages(room).length,
    usePresence(room).count,
    useOthers(room).length,
    useTyping(room).length,
    useGame(room, ({ turn }) => turn) ?? "no turn",
    useSelf(room) ?? "nobody",
    useLobby().rooms.length,
    useMatch().searching,
    useNotices().unread,
    useSession().session ?? "no session",
    useChainEvents({}, room).length,
    useTransaction("0x1", room) ?? "no transaction",
    useBalance({ chain: 1 }) ?? "no balance",
    useMarket("market:1:0xaa") ?? "no market",
  ];
  return <p>{shown.join(", ")}</p>;
};

test("a server renders every hook as not connected, and opens nothing", () => {
  const html = renderToString(
    <ParlourProvider>
      <RoomProvider id="lobby">
        <Everything />
      </RoomProvider>
    </ParlourProvider>,
  );
  expect(html).toContain(
    "connecting, connecting, 0, 0, 0, 0, no turn, nobody, 0, false, 0, no session, 0, no transaction, no balance, no market",
  );
  const { process } = globalThis as unknown as { process: { getActiveResourcesInfo(): string[] } };
  const open = process.getActiveResourcesInfo().filter((kind) => /TCP|TLS/.test(kind));
  expect(open).toEqual([]);
});
