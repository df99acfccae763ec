import type { VNode } from "preact";
import { expect, test } from "vitest";
import { Coded } from "../../src/frame/coded.js";

test("What stands between backticks is shown as code", () => {
  const shown = Coded({ text: "one of `warn` and `halt`" }) as VNode<{ children: unknown[] }>;
  const [first, warn, , halt] = shown.props.children as [string, VNode, string, VNode];
  expect([first, warn.type, warn.props.children, halt.props.children]).toEqual(["one of ", "code", "warn", "halt"]);
});
