import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { useLoad } from "../data/load.js";
import { Card } from "../frame/facts.js";
import { Page } from "../frame/page.js";
import { SchemaForm } from "../playground/schema-form.js";
import { fieldsOf, valueOf, type Definitions } from "../playground/schema.js";
import { sayExactly } from "../frame/when.js";
import { eventsOf, firstValues, requestsOf, type AsyncApi, type SocketRequest } from "../playground/requests.js";
import { devWallets, signInAs, type DevWallet } from "../playground/sign-in.js";
import { clear, close, delay, drop, lines, open, request, state } from "../playground/wire.js";

const DELAYS = [0, 200, 1_000, 5_000];

/** Try every request of the socket by hand, with the wire beside it. */
export function Playground() {
  const load = useLoad<AsyncApi>("/api/asyncapi.json");
  useEffect(() => close, []);
  return (
    <Page title="Playground" load={load} tools={<Link events={load.data ? eventsOf(load.data) : []} />}>
      {(document) => (
        <div class="halves">
          <Asking requests={requestsOf(document)} definitions={document.components.schemas} />
          <Wire />
        </div>
      )}
    </Page>
  );
}

/** Who is connected, and what is done to the connection. */
function Link({ events }: { events: readonly string[] }) {
  const [wallets, fault, who] = [useSignal<DevWallet[]>([]), useSignal(""), useSignal("guest")];
  useEffect(() => void devWallets().then((found) => (wallets.value = found)), []);
  const connect = async (): Promise<void> => {
    fault.value = "";
    try {
      const wallet = wallets.value.find(({ address }) => address === who.value);
      open(wallet && (await signInAs(wallet)), events);
    } catch (error) {
      fault.value = (error as Error).message;
    }
  };
  return (
    <>
      <label class="choice">
        <span>Connect as</span>
        <select value={who.value} onChange={({ currentTarget }) => (who.value = currentTarget.value)}>
          <option value="guest">a guest</option>
          {wallets.value.map(({ name, address }) => (
            <option key={address} value={address}>
              {name}, a dev wallet
            </option>
          ))}
        </select>
      </label>
      <label class="choice">
        <span>Delay</span>
        <select onChange={({ currentTarget }) => (delay.value = Number(currentTarget.value))}>
          {DELAYS.map((ms) => (
            <option key={ms} value={ms}>
              {ms ? `${ms} ms each way` : "none"}
            </option>
          ))}
        </select>
      </label>
      <button class="outlined" onClick={drop} disabled={state.value !== "open"}>
        Drop
      </button>
      <button disabled={!events.length} class="primary" onClick={() => void connect()}>
        {state.value === "closed" ? "Connect" : "Connect anew"}
      </button>
      <span class={state.value === "open" ? "pulse on" : "pulse"} role="status">
        {fault.value || state.value}
      </span>
    </>
  );
}

interface AskingProps {
  requests: readonly SocketRequest[];
  definitions: Definitions;
}

function Asking({ requests, definitions }: AskingProps) {
  const first = requests.find(({ name }) => name === "room:join") ?? requests[0]!;
  const chosen = useSignal(first);
  const values = useSignal<Record<string, string>>(firstValues(first));
  const fault = useSignal("");
  const fields = fieldsOf(chosen.value.schema, definitions);
  const choose = (name: string): void => {
    chosen.value = requests.find((one) => one.name === name) ?? first;
    values.value = firstValues(chosen.value);
    fault.value = "";
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    try {
      request(chosen.value.name, valueOf(fields, values.value));
      fault.value = "";
    } catch (error) {
      fault.value = (error as Error).message;
    }
  };
  return (
    <Card title="Request">
      <form onSubmit={submit}>
        <label class="field">
          <span>Name</span>
          <select value={chosen.value.name} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {requests.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <small class="muted">{chosen.value.says}</small>
        </label>
        <SchemaForm
          fields={fields}
          values={values.value}
          onInput={(name, text) => (values.value = { ...values.value, [name]: text })}
        />
        {fault.value && (
          <p class="fault" role="alert">
            {fault.value}
          </p>
        )}
        <button class="primary" disabled={state.value !== "open"}>
          Send
        </button>
        {state.value !== "open" && <span class="muted"> Connect first.</span>}
      </form>
    </Card>
  );
}

const WAYS = { sent: "→", received: "←", note: "·" };

function Wire() {
  const clearing = (
    <button class="outlined" onClick={clear}>
      Clear
    </button>
  );
  return (
    <Card title="The wire" tools={clearing}>
      {lines.value.length === 0 && <p class="muted">What is sent and received appears here, the newest first.</p>}
      <ol class="wire">
        {lines.value.toReversed().map(({ id, at, way, name, value }) => (
          <li key={id} class={way}>
            <details>
              <summary title={sayExactly(at)}>
                <span aria-label={way}>{WAYS[way]}</span> <strong>{name}</strong> <code>{JSON.stringify(value)}</code>
              </summary>
              <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
            </details>
          </li>
        ))}
      </ol>
    </Card>
  );
}
