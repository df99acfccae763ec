/** A replay is believed for its hashes and its signature alone: one byte that was changed is said in words. */
import { describe, expect, it } from "vitest";
import { frameAt, readReplay } from "../../src/replay/replay-lines.js";
import { verifyReplay } from "../../src/replay/verify.js";
import match from "./match.json" with { type: "json" };

/** A match that the server's own code played and signed. */
const LINES: string[] = match.map((line) => JSON.stringify(line));
const TEXT = LINES.join("\n");

function verdictOf(text: string): { holds: boolean; words: string } {
  try {
    return verifyReplay(readReplay(text));
  } catch (error) {
    return { holds: false, words: (error as Error).message };
  }
}

describe("verifyReplay", () => {
  it("holds for what the server wrote", () => {
    expect(verdictOf(TEXT)).toMatchObject({ holds: true, words: expect.stringContaining("signed the last one") });
  });

  it("refuses every entry of which one byte was changed", () => {
    LINES.forEach((line, at) => {
      if (!line.startsWith('{"entry"')) return;
      for (const place of [line.indexOf('"at":') + 6, line.indexOf('"hash":') + 20, line.indexOf('"body":') + 12]) {
        const changed = `${line.slice(0, place)}${line[place] === "1" ? "2" : "1"}${line.slice(place + 1)}`;
        const verdict = verdictOf(LINES.with(at, changed).join("\n"));
        expect(verdict.holds, `${at}:${place}`).toBe(false);
        expect(verdict.words).toMatch(/changed|cut off|another log|follow/);
      }
    });
  });

  it("refuses a body that was changed together with what its hash is made of", () => {
    const at = LINES.findIndex((line) => line.includes('"seq":1,'));
    const { entry } = JSON.parse(LINES[at]!) as { entry: Record<string, unknown> };
    for (const without of ["salt", "redacted"]) {
      const { salt, ...rest } = entry;
      const forged = { ...rest, body: { kind: "chess" }, ...(without === "redacted" && { salt, redacted: "hidden" }) };
      const verdict = verdictOf(LINES.with(at, JSON.stringify({ entry: forged })).join("\n"));
      expect(verdict, without).toMatchObject({ holds: false, words: expect.stringContaining("entry 1") });
    }
  });

  it("refuses a log that lacks an entry, and one whose end was cut off", () => {
    const entries = LINES.flatMap((line, at) => (line.startsWith('{"entry"') ? [at] : []));
    expect(verdictOf(LINES.toSpliced(entries[3]!, 1).join("\n")).words).toBe("Entry 4 is missing.");
    expect(verdictOf(LINES.toSpliced(entries.at(-1)!, 1).join("\n")).words).toContain("another log");
    expect(verdictOf(TEXT.slice(0, TEXT.length / 2)).holds).toBe(false);
  });

  it("refuses a signature of another key", () => {
    const signed = JSON.parse(LINES.at(-1)!) as { signed: { by: string } };
    signed.signed.by = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    expect(verdictOf(LINES.with(-1, JSON.stringify(signed)).join("\n")).words).toContain("not by the key");
  });
});

describe("frameAt", () => {
  it("finds the last state at or before an entry", () => {
    const frames = [2, 5, 9].map((seq) => ({ seq, at: seq, state: seq }));
    expect(frameAt(frames, 1).now).toBeUndefined();
    expect(frameAt(frames, 5)).toEqual({ now: frames[1], before: frames[0] });
    expect(frameAt(frames, 99).now).toBe(frames[2]);
  });
});
