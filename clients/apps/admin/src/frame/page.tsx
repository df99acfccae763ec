import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { ParlourError } from "@parlour/client";
import { neededRole } from "../data/api.js";
import type { Load } from "../data/load.js";

interface Props<Data> {
  title: string;
  load: Load<Data>;
  /** Says whether there is nothing to show; `lesson` then says how something comes here. */
  isEmpty?: (data: Data) => boolean;
  lesson?: string;
  /** Beside the title: filters and acts. */
  tools?: ComponentChildren;
  /** Whether the body fills the window and scrolls within. */
  fills?: boolean;
  children: (data: Data) => ComponentChildren;
}

/** The frame of every page: a skeleton while it loads, a lesson where it is empty, why it fails, or its content. */
export function Page<Data>({ title, load, isEmpty, lesson, tools, fills, children }: Props<Data>) {
  const { data, error, reload } = load;
  useEffect(() => {
    document.title = `${title} · Parlour console`;
  }, [title]);
  return (
    <section class={fills ? "page fills" : "page"} aria-label={title}>
      <div class="bar">
        <h1>{title}</h1>
        {tools && <div class="tools">{tools}</div>}
      </div>
      {data !== undefined && error && (
        <p class="stale" role="status">
          {error.message} What is shown is as it was.
          <button class="link" onClick={reload}>
            Try again
          </button>
        </p>
      )}
      <Body data={data} error={error} reload={reload}>
        {(there) => (isEmpty?.(there) ? <p class="empty">{lesson}</p> : children(there))}
      </Body>
    </section>
  );
}

interface BodyProps<Data> extends Load<Data> {
  children: (data: Data) => ComponentChildren;
}

/** The content of a page, or of a part of one that loads by itself. */
export function Body<Data>({ data, error, reload, children }: BodyProps<Data>) {
  if (data !== undefined) return <>{children(data)}</>;
  return error ? <Fault error={error} reload={reload} /> : <Skeleton />;
}

function Fault({ error, reload }: { error: ParlourError; reload: () => void }) {
  const role = neededRole(error);
  return (
    <div class="empty" role="alert">
      <h2>{role ? `This needs the server role ${role}` : "This could not be loaded"}</h2>
      <p>
        {role
          ? "Your account has a lesser one. An admin of this server can give it, in People."
          : `${error.message} (${error.code})`}
      </p>
      {!role && (
        <button class="outlined" onClick={reload}>
          Try again
        </button>
      )}
    </div>
  );
}

function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">Loading</span>
      {[90, 60, 75, 45].map((width) => (
        <div key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
