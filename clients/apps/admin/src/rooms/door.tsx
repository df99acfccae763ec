import { useSignal } from "@preact/signals";
import { pathOf } from "../data/api.js";
import { useLoad } from "../data/load.js";
import type { GateAnswer } from "../data/types.js";
import { Card, Facts } from "../frame/facts.js";
import { Body } from "../frame/page.js";
import { route, setQuery } from "../shell/router.js";

/** Why an account passes the room's gate or does not: each condition with its number and block. */
export function Door({ room }: { room: string }) {
  const account = route.value.query["account"] ?? "";
  const typed = useSignal(account);
  const ask = (event: Event): void => {
    event.preventDefault();
    setQuery({ account: typed.value.trim() });
  };
  return (
    <Card title="Door">
      <form class="tools" onSubmit={ask}>
        <label class="choice">
          <span>Account</span>
          <input
            required
            placeholder="0x…"
            value={typed.value}
            onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
          />
        </label>
        <button class="primary">Ask why</button>
      </form>
      {account ? (
        <Answer room={room} account={account} />
      ) : (
        <p class="muted">Says whether somebody passes this room's gate now, and on what that rests.</p>
      )}
    </Card>
  );
}

function Answer({ room, account }: { room: string; account: string }) {
  const load = useLoad<GateAnswer>(pathOf(`/api/admin/gates/${encodeURIComponent(room)}`, { account }));
  return (
    <Body {...load}>
      {(answer) => (
        <>
          <p>
            <strong>{verdict(answer)}</strong>
          </p>
          {answer.leaves.map(({ leaf, have, passes, block }, i) => (
            <Facts
              key={i}
              of={{
                Needs: <code>{JSON.stringify(leaf)}</code>,
                Has: have ?? "cannot be known now",
                Passes: passes === null ? "not known" : passes ? "yes" : "no",
                "At block": block ? block.number.toLocaleString() : undefined,
              }}
            />
          ))}
          {answer.silent.length > 0 && <p class="fault">Chains that cannot be asked now: {answer.silent.join(", ")}</p>}
        </>
      )}
    </Body>
  );
}

function verdict({ gate, passes, exempt }: GateAnswer): string {
  if (gate === null) return "The room has no gate: everybody passes.";
  if (exempt) return "Passes, as the room's owner.";
  if (passes === null) return "It cannot be known now.";
  return passes ? "Passes the gate." : "Does not pass the gate.";
}
