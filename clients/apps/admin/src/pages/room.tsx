import { Table, type Column } from "@parlour/ui/table";
import { Actions } from "../acts/act-dialog.js";
import { useTold } from "../data/told.js";
import type { Member, RoomAnswer } from "../data/types.js";
import { Account } from "../frame/account.js";
import { Copy } from "../frame/copy.js";
import { Card, Facts } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { Tabs } from "../frame/tabs.js";
import { When } from "../frame/when.js";
import { actsOn } from "../rooms/acts.js";
import { Door } from "../rooms/door.js";
import { State } from "../rooms/state.js";
import { Tail } from "../rooms/tail.js";
import type { PageProps } from "../shell/props.js";
import { setQuery } from "../shell/router.js";

const TABS = ["Facts", "Members", "Tail", "State", "Door"] as const;

const MEMBERS: Column<Member>[] = [
  {
    name: "Account",
    value: ({ account }) => account,
    show: ({ account }) => <Account account={account} />,
    card: true,
  },
  { name: "Role", value: ({ role }) => role ?? "member", card: true },
  {
    name: "Joined",
    value: ({ joinedAt }) => joinedAt ?? 0,
    show: ({ joinedAt }) => <When at={joinedAt} />,
    card: true,
  },
  { name: "Read to", value: ({ read }) => read, numeric: true },
  {
    name: "Banned",
    value: ({ bannedUntil }) => bannedUntil ?? 0,
    show: ({ bannedUntil }) => (bannedUntil ? <When at={bannedUntil} /> : ""),
  },
];

/** One room: its facts, its people, its log as it grows, any state it ever had, and what can be done to it. */
export function Room({ id, query }: PageProps) {
  const load = useTold<RoomAnswer>(`/api/admin/rooms/${encodeURIComponent(id)}`, `room:${id}`);
  const open = TABS.find((name) => name === query["tab"]) ?? "Facts";
  const room = load.data?.room;
  return (
    <Page title={room?.title || id} load={load} tools={room && <Actions acts={actsOn(room)} />}>
      {(answer) => (
        <Tabs
          label="What to look at"
          names={TABS}
          open={open}
          onOpen={(tab) => setQuery({ tab })}
          counts={{ Members: answer.room.members, Tail: answer.room.head }}
        >
          {open === "Facts" && <About answer={answer} />}
          {open === "Members" && (
            <Card title="Members">
              <Table
                title="Members"
                rows={answer.members}
                columns={MEMBERS}
                id={({ account }) => account}
                empty="Nobody belongs to it."
              />
            </Card>
          )}
          {open === "Tail" && <Tail room={id} />}
          {open === "State" && <State room={id} />}
          {open === "Door" && <Door room={id} />}
        </Tabs>
      )}
    </Page>
  );
}

function About({ answer: { room, lease, watches, epoch, floor, format } }: { answer: RoomAnswer }) {
  return (
    <>
      <Card title="Facts">
        <Facts
          of={{
            Id: (
              <span class="account">
                <code>{room.id}</code>
                <Copy text={room.id} what="the id" />
              </span>
            ),
            Kind: room.kind,
            State: room.state,
            Visible: room.visibility,
            Owner: <Account account={room.owner} />,
            Made: <When at={room.createdAt} />,
            "Last entry": <When at={room.updatedAt} />,
            "Here now": room.connections.toLocaleString(),
            Entries: room.head.toLocaleString(),
            "Kept from entry": floor.toLocaleString(),
            Format: String(format),
            Epoch: <code>{epoch}</code>,
            "Hosted by": lease.owner ?? "nobody now",
            "Lease until": lease.owner ? <When at={lease.until} /> : undefined,
          }}
        />
      </Card>
      {watches.length > 0 && (
        <Card title="Watches">
          <pre tabIndex={0}>{JSON.stringify(watches, null, 2)}</pre>
        </Card>
      )}
    </>
  );
}
