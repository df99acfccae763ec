// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { actsOn, toUntil } from "../../src/people/acts.js";
import type { Sanction } from "../../src/data/types.js";

const BAN = { kind: "ban" } as Sanction;
const act = (name: string, sanctions: Sanction[] = []) =>
  actsOn({ account: "eip155:1:0xA", sanctions }).find((one) => one.name === name)!;

test("a ban has an end and a scope; lifting it has a scope alone", () => {
  expect(act("Ban").path).toBe("/api/admin/people/eip155%3A1%3A0xA/ban");
  expect(act("Ban").toBody!({ hours: "0", room: "attic" })).toEqual({ scope: "room:attic" });
  expect(act("Unban", [BAN]).toBody!({})).toEqual({ scope: "server" });
  expect(act("Ban", [BAN])).toBeUndefined();
});

test("an end is some hours from now, and none is for good", () => {
  expect(toUntil({ hours: "24" }, 1_000)).toEqual({ until: 86_401_000 });
  expect(toUntil({ hours: "0" }, 1_000)).toEqual({});
});

test("taking a role sends null, and erasing needs the address typed", () => {
  expect(act("Role").toBody!({ role: "none" })).toEqual({ role: null });
  expect(act("Erase").typed).toBe("eip155:1:0xA");
});
