import { Avatar } from "@parlour/ui/avatar";
import { shortAccount } from "@parlour/ui/format";
import { Actions } from "../acts/act-dialog.js";
import { useLoad } from "../data/load.js";
import type { PersonAnswer } from "../data/types.js";
import { Account } from "../frame/account.js";
import { Copy } from "../frame/copy.js";
import { Download } from "../frame/download.js";
import { Card, Facts } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { When } from "../frame/when.js";
import { Seen } from "../people/seen.js";
import { actsOn } from "../people/acts.js";
import type { PageProps } from "../shell/props.js";
import { hrefOf } from "../shell/router.js";

const ROLES: Record<number, string> = { 1: "viewer", 2: "moderator", 3: "operator", 4: "admin" };

/** One person: what holds for them, their sessions, rooms, notes and reports, and what can be done. */
export function Person({ id }: PageProps) {
  const path = `/api/admin/people/${encodeURIComponent(id)}`;
  const load = useLoad<PersonAnswer>(path);
  const name = String(load.data?.profile["name"] ?? "") || shortAccount(id);
  const tools = load.data && (
    <>
      <Download path={`${path}/export`} file="person.zip">
        Export
      </Download>
      <Actions acts={actsOn(load.data)} />
    </>
  );
  return (
    <Page title={name} load={load} tools={tools}>
      {(person) => (
        <>
          <Head person={person} />
          <div class="parts">
            <Sessions person={person} />
            <Rooms person={person} />
            <Notes person={person} />
            <Reports person={person} />
          </div>
        </>
      )}
    </Page>
  );
}

function Head({ person: { account, rank, seenAt, sanctions } }: { person: PersonAnswer }) {
  return (
    <Card title="Account">
      <p class="account">
        <Avatar account={account} size={40} />
        <code>{account}</code>
        <Copy text={account} what="the address" />
      </p>
      <Facts
        of={{
          "Last seen": <Seen account={account} at={seenAt} />,
          "Server role": ROLES[rank] ?? (rank ? String(rank) : "none"),
        }}
      />
      {sanctions.map(({ kind, until, by, reason, at }) => (
        <p class="fault" key={kind}>
          {kind === "ban" ? "Banned" : "Muted"} {until ? <When at={until} /> : "for good"} by <Account account={by} />{" "}
          <When at={at} />: {reason}
        </p>
      ))}
    </Card>
  );
}

function Sessions({ person: { sessions } }: { person: PersonAnswer }) {
  return (
    <Card title="Sessions and devices">
      {sessions.length === 0 && <p class="muted">None is kept.</p>}
      <ul class="lines">
        {sessions.map(({ id, device, method, createdAt, expiresAt, endedAt, endedBy }) => (
          <li key={id}>
            <span>{device || "an unnamed device"}</span>
            <span class="muted">{method}</span>
            <span class="muted">
              begun <When at={createdAt} />
            </span>
            <span class="number">
              {endedAt ? (
                <>
                  ended <When at={endedAt} /> {endedBy && `(${endedBy})`}
                </>
              ) : (
                <>
                  ends <When at={expiresAt} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Rooms({ person: { rooms } }: { person: PersonAnswer }) {
  return (
    <Card title="Rooms">
      {rooms.length === 0 && <p class="muted">In no room that operators may read.</p>}
      <ul class="lines">
        {rooms.map(({ id, kind, title, role }) => (
          <li key={id}>
            <a href={hrefOf("rooms", id)}>{title || id}</a>
            <span class="muted">{kind}</span>
            <span class="number">{role ?? "member"}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Notes({ person: { notes } }: { person: PersonAnswer }) {
  return (
    <Card title="Notes">
      {notes.length === 0 && <p class="muted">None. A note is for other operators alone.</p>}
      <ul class="lines">
        {notes.map(({ at, by, text }) => (
          <li key={`${at} ${text}`}>
            <span>{text}</span>
            <Account account={by} />
            <When at={at} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Reports({ person: { reports } }: { person: PersonAnswer }) {
  return (
    <Card title="Reports">
      <p class="muted">
        Reported {reports.made} {reports.made === 1 ? "message" : "messages"} of others;{" "}
        {reports.about.length === 0 ? "none of theirs was reported." : "of theirs were reported:"}
      </p>
      <ul class="lines">
        {reports.about.map(({ id, room, seq, state, at }) => (
          <li key={id}>
            <a href={hrefOf("rooms", room, { tab: "Tail", seq: String(seq) })}>
              {room} {seq}
            </a>
            <span>{state}</span>
            <When at={at} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
