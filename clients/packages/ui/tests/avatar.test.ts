import { expect, test } from "vitest";
import { hashAccount } from "../src/avatar.js";

test("an account has one picture, however its letters are cased", () => {
  const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
  expect(hashAccount(account)).toBe(hashAccount(account.toLowerCase()));
});
