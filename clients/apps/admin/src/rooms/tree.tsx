import { isTree } from "./difference.js";

interface Props {
  name: string;
  value: unknown;
  path?: string;
  /** Pointers to what changed: their branches are open and marked. */
  changed: readonly string[];
}

/** Children shown at once; a list of thousands would stop the page. */
const MOST = 200;

/** A JSON value as branches that open and close. */
export function Tree({ name, value, path = "", changed }: Props) {
  const touched = changed.some((one) => one === path || one.startsWith(`${path}/`));
  if (!isTree(value))
    return (
      <div class={touched ? "leaf changed" : "leaf"}>
        <span class="key">{name}</span> <code>{JSON.stringify(value) ?? "nothing"}</code>
      </div>
    );
  const entries = Object.entries(value);
  return (
    <details class="branch" open={path === "" || touched}>
      <summary>
        <span class="key">{name}</span>{" "}
        <span class="muted">{Array.isArray(value) ? `${entries.length} items` : `${entries.length} fields`}</span>
      </summary>
      {entries.slice(0, MOST).map(([key, child]) => (
        <Tree key={key} name={key} value={child} path={`${path}/${pointed(key)}`} changed={changed} />
      ))}
      {entries.length > MOST && <p class="muted">and {entries.length - MOST} more</p>}
    </details>
  );
}

function pointed(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
