import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { split } from "../../src/document/splitting.js";

/** A document of several people who write into each other's texts. */
function shared(): Y.Doc {
  const docs = [1, 2, 3].map((client) => Object.assign(new Y.Doc(), { clientID: client }));
  for (let round = 0; round < 30; round++) {
    const doc = docs[round % 3]!;
    const text = doc.getText("t");
    text.insert(Math.floor(text.length / 2), `📊 word ${round} `);
    if (round % 4 === 0) text.delete(1, 3);
    doc.getMap("m").set(`k${round % 5}`, { round });
    doc.getArray("a").push([round, new Y.Map([["n", round]])]);
    for (const other of docs) if (other !== doc) Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  }
  return docs[0]!;
}

const picture = (doc: Y.Doc): unknown => [
  doc.getText("t").toDelta(),
  doc.getMap("m").toJSON(),
  doc.getArray("a").toJSON(),
  [...Y.decodeStateVector(Y.encodeStateVector(doc))],
];

describe("split", () => {
  test("an update that is small stays as it is", () => {
    const update = Y.encodeStateAsUpdate(shared());
    expect(split(update)).toEqual([update]);
  });

  test.each([
    [200, 4_000],
    [100_000, 7],
    [50, 1],
  ])("parts of %i bytes or %i structs say the same, each after its causes", (bytes, structs) => {
    const doc = shared();
    const parts = split(Y.encodeStateAsUpdate(doc), bytes, structs);
    expect(parts.length).toBeGreaterThan(3);
    const again = new Y.Doc();
    for (const part of parts) {
      Y.applyUpdate(again, part);
      expect(again.store.pendingStructs).toBeNull();
      expect(again.store.pendingDs).toBeNull();
    }
    expect(picture(again)).toEqual(picture(doc));
  });

  test("a text that is too long alone is cut, and no emoji with it", () => {
    const doc = new Y.Doc();
    doc.getText("t").insert(0, "📊é".repeat(500));
    const parts = split(Y.encodeStateAsUpdate(doc), 400);
    expect(parts.every((part) => part.length <= 600)).toBe(true);
    const again = new Y.Doc();
    for (const part of parts) Y.applyUpdate(again, part);
    expect(again.getText("t").toString()).toBe("📊é".repeat(500));
  });
});
