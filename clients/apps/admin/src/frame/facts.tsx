import type { ComponentChildren } from "preact";

/** Names and values side by side; a value that is undefined is left out. */
export function Facts({ of }: { of: Readonly<Record<string, ComponentChildren>> }) {
  return (
    <dl class="facts">
      {Object.entries(of)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

interface CardProps {
  title: string;
  tools?: ComponentChildren;
  children: ComponentChildren;
}

/** A part of a page with a head of its own. */
export function Card({ title, tools, children }: CardProps) {
  return (
    <section class="part" aria-label={title}>
      <div class="bar">
        <h2>{title}</h2>
        {tools && <div class="tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}
