import { expect, test } from "vitest";
import { describeGate, missingAtGate, ParlourError, type GateLeaf } from "../../src/index.js";

const token = "0x" + "11".repeat(20);
const leaf: GateLeaf = { chain: 1, token, standard: "erc20", min: "5" };

test("the refusal of a gate says what is missing and what there is", () => {
  const body = { code: "forbidden", reason: "gate", message: "no", retryable: false };
  const error = new ParlourError({ ...body, details: { need: [leaf], have: ["2"] } });
  expect(missingAtGate(error)).toEqual([{ leaf, have: "2" }]);
});

test("other errors are no refusals of a gate", () => {
  expect(missingAtGate(new Error("no"))).toBeUndefined();
  expect(missingAtGate(new ParlourError({ code: "forbidden", message: "no", retryable: false }))).toBeUndefined();
});

test.each<[GateLeaf, string]>([
  [leaf, `at least 5 of ${token} on chain 1`],
  [{ chain: 1, token: "native", standard: "native", min: "7" }, "at least 7 wei on chain 1"],
  [{ chain: 1, token, standard: "erc721", id: ["1", "2"] }, `at least 1 of ${token} with id 1 or 2 on chain 1`],
  [{ chain: 1, call: { to: token, function: "staked(address) returns (uint)" } }, `at least 1 from staked of ${token}`],
  [{ accounts: [token] }, "a place on the list of accounts"],
  [{ merkle: { root: "0x00", leaf: "address" } }, "a proof that the account is on the list"],
])("a leaf is said in words", (asked, words) => {
  expect(describeGate(asked)).toBe(words);
});
