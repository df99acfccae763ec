import { useSignal } from "@preact/signals";
import { Actions } from "../acts/act-dialog.js";
import type { Act } from "../acts/acts.js";
import { useLoad } from "../data/load.js";
import type { ApiKey, RoleRow } from "../data/types.js";
import { Copy } from "../frame/copy.js";
import { Account } from "../frame/account.js";
import { Card, Facts } from "../frame/facts.js";
import { Body, Page } from "../frame/page.js";
import { When } from "../frame/when.js";

/** API keys: who speaks to this server as a program, and what each may do. */
export function Keys() {
  const load = useLoad<{ keys: ApiKey[] }>("/api/admin/keys");
  const made = useSignal("");
  const minting: Act = {
    name: "New key",
    text: "A program signs its requests with it. Its text is shown once.",
    path: "/api/admin/keys",
    fields: [
      { name: "name", label: "Name" },
      { name: "scopes", label: "Scopes, with spaces between them", value: "rooms:read entries:read" },
      { name: "days", label: "Days until it ends", type: "number", optional: true },
    ],
    toBody: ({ name, scopes, days }) => ({
      name,
      scopes: (scopes ?? "").split(/\s+/).filter(Boolean),
      ...(days && { days: Number(days) }),
    }),
    done: "The key is made.",
    then: ({ token }) => (made.value = String(token)),
  };
  return (
    <Page title="Keys" load={load} tools={<Actions acts={[minting]} />}>
      {({ keys }) => (
        <>
          {keys.length === 0 && (
            <p class="empty">No key yet. A backend that posts to rooms, or a script that reads figures, needs one.</p>
          )}
          {made.value && (
            <p class="health well">
              <strong>Copy it now: it is not shown again.</strong> <code>{made.value}</code>
              <Copy text={made.value} what="the key" />
            </p>
          )}
          {keys.toReversed().map((key) => (
            <One key={key.id} of={key} />
          ))}
          <Roles />
        </>
      )}
    </Page>
  );
}

function One({ of: key }: { of: ApiKey }) {
  const { name, scopes, createdAt, expiresAt, revokedAt } = key;
  const revoking: Act = {
    name: "Revoke",
    text: "Every process refuses it within a second.",
    path: `/api/admin/keys/${encodeURIComponent(name)}`,
    method: "DELETE",
    typed: name,
    done: `${name} is revoked.`,
  };
  return (
    <Card title={name} tools={revokedAt === null && <Actions acts={[revoking]} />}>
      <Facts
        of={{
          May: <code>{scopes.join(" ")}</code>,
          Made: <When at={createdAt} />,
          Ends: expiresAt ? <When at={expiresAt} /> : "never",
          Revoked: revokedAt ? <When at={revokedAt} /> : undefined,
        }}
      />
    </Card>
  );
}

/** Who may do what in the console. */
function Roles() {
  const load = useLoad<{ roles: RoleRow[] }>("/api/admin/roles");
  return (
    <Card title="People with a server role">
      <Body {...load}>
        {({ roles }) => (
          <ul class="lines">
            {roles.length === 0 && (
              <li class="muted">
                Nobody. <code>parlour claim</code> makes the first admin.
              </li>
            )}
            {roles.map(({ account, role, setting }) => (
              <li key={account}>
                <Account account={account} />
                <strong>{role}</strong>
                <span class="muted">{setting ? "by PARLOUR_ROLES, which wins" : "given here"}</span>
              </li>
            ))}
          </ul>
        )}
      </Body>
    </Card>
  );
}
