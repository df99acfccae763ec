import { describe, expect, test } from "vitest";
import {
  columns,
  formatAmount,
  formatChange,
  formatPrice,
  lengthOf,
  scaled,
  type Row,
} from "../../src/market/amounts.js";

describe("amounts of a market", () => {
  test("get their decimal point, exactly", () => {
    expect(scaled("1500000", 6)).toBe("1.5");
    expect(scaled("1", 18)).toBe("0.000000000000000001");
    expect(scaled("7", 0)).toBe("7");
    expect(scaled("1000000", 6)).toBe("1");
  });

  test("are shortened to six digits, and to an exponent only where they are tiny or huge", () => {
    expect(formatPrice("2004.104104104")).toBe("2,004.1");
    expect(formatPrice("0.000000000000000001")).toBe("1.000e-18");
    expect(formatPrice("12345678901234567890")).toBe("1.235e+19");
    expect(formatPrice("0")).toBe("0");
    expect(formatAmount("123456789", 6)).toBe("123.457");
  });

  test("say how a price changed with its sign", () => {
    expect(formatChange("100", "105")).toBe("+5.00 %");
    expect(formatChange("100", "95")).toBe("−5.00 %");
  });

  test("become columns for a chart", () => {
    const row: Row = [60_000, "1", "4", "0.5", "2", "1500000", "0", 3, "included"];
    expect(columns([row], 6)).toEqual([[60], [1], [4], [0.5], [2], [1.5]]);
  });

  test("know how long an interval is", () => {
    expect(["1m", "4h", "1d", "1w"].map(lengthOf)).toEqual([60_000, 14_400_000, 86_400_000, 604_800_000]);
  });
});
