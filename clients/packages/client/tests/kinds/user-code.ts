/** An application's code with registered kinds, as `tsc` sees it: what is wrong must not compile. Never run. */
import { connect } from "@parlour/client";

interface Board {
  cells: (string | null)[];
}

declare module "@parlour/client" {
  interface Register {
    kinds: {
      "tic-tac-toe": {
        options: { size?: number };
        actions: { place: { cell: number }; rematch: Record<never, never> };
        view: Board;
      };
      chat: { options: Record<never, never> };
    };
  }
}

const client = connect({ url: "https://parlour.test" });
const table = await client.joinRoom({ room: "t1", kind: "tic-tac-toe", as: "player" });
table.state?.cells.at(4);
table.view.get()?.cells.length;
await table.act("place", { cell: 4 });
await table.act("rematch");
await client.createRoom({ kind: "tic-tac-toe", options: { size: 3 } });

// @ts-expect-error -- no such action
await table.act("plaec", { cell: 4 });
// @ts-expect-error -- an argument is missing
await table.act("place");
// @ts-expect-error -- an argument of another type
await table.act("place", { cell: "4" });
// @ts-expect-error -- no such field of the view
table.state?.board;
// @ts-expect-error -- no such kind
await client.joinRoom({ room: "t1", kind: "tic-tac-toes" });
// @ts-expect-error -- no such option
await client.createRoom({ kind: "tic-tac-toe", options: { sise: 3 } });

const open = await client.joinRoom<Board>({ room: "t2" });
open.state?.cells.at(0);
await open.act("anything", { at: "all" });

const { members } = await client.request("room:members", { room: "t1" });
members[0]?.role.length;
const own = await client.request<{ answer: number }>("app:question", {});
own.answer.toFixed();
// @ts-expect-error -- the answer has no such field
(await client.request("room:history", { room: "t1" })).rooms;
