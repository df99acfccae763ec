import { expect, test } from "vitest";
import { nameOf, shortAccount, withAddress } from "../src/names.js";
import { ALICE } from "./fake-socket.js";

test.each([
  [{ name: "Ada", ens: "ada.eth" }, "Ada", "Ada (0xf39F…2266)"],
  [{ ens: "ada.eth" }, "ada.eth", "ada.eth (0xf39F…2266)"],
  [{}, "0xf39F…2266", "0xf39F…2266"],
])("an account is named by its profile, its ENS name or its address: %o", (profile, name, both) => {
  expect([nameOf(ALICE, profile), withAddress(ALICE, profile)]).toEqual([name, both]);
});

test("guests are numbered", () => {
  expect([nameOf("", {}, 12), nameOf(""), withAddress("")]).toEqual(["Guest 12", "Guest", "Guest"]);
});

test("an account of any chain is shortened to its address, others stay", () => {
  expect([`eip155:1:${ALICE}`, "app:desk"].map(shortAccount)).toEqual(["0xf39F…2266", "app:desk"]);
});
