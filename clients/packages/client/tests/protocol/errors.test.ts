import { expect, test } from "vitest";
import { isParlourError, ParlourError } from "../../src/index.js";

const illegal: unknown = new ParlourError({ code: "illegal", reason: "full", message: "no", retryable: false });

test("an error of the SDK is one, and by its code where one is named", () => {
  expect([isParlourError(illegal), isParlourError(illegal, "illegal"), isParlourError(illegal, "forbidden")]).toEqual([
    true,
    true,
    false,
  ]);
  if (isParlourError(illegal)) expect(illegal.reason).toBe("full");
});

test.each([new Error("illegal"), { code: "illegal" }, null, undefined, "illegal"])("%o is none", (other) => {
  expect(isParlourError(other)).toBe(false);
  expect(isParlourError(other, "illegal")).toBe(false);
});
