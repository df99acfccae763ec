import { expect, test } from "vitest";
import * as Y from "yjs";
import { slices } from "../../src/document/slicing.js";

/** A document that several people wrote in turn, with what Yjs knows: texts, formats, maps, lists, XML, deletions. */
function written(rounds: number): Y.Doc {
  let seed = 7;
  const draw = (below: number): number => (seed = (seed * 16_807) % 2_147_483_647) % below;
  const people = Array.from({ length: 5 }, () => new Y.Doc({ gc: false }));
  const all = new Y.Doc({ gc: false });
  for (let round = 0; round < rounds; round += 1) {
    const doc = people[draw(people.length)]!;
    if (draw(3)) Y.applyUpdate(doc, Y.encodeStateAsUpdate(all, Y.encodeStateVector(doc)));
    const text = doc.getText("t");
    text.insert(draw(text.length + 1), ["a", "long words ", "é📊", "line\n"][draw(4)]!);
    if (!draw(3)) text.delete(draw(text.length), 1);
    if (!draw(5)) text.format(0, text.length, { bold: !draw(2) });
    if (!draw(5)) text.insertEmbed(0, { image: draw(9) });
    doc.getMap("m").set(`${draw(9)}`, [{ deep: [1, -2.5, null, true, "x"] }, 2 ** 40, new Uint8Array(3)][draw(3)]);
    doc.getArray("a").insert(0, [draw(99), new Y.Map([["k", "v"]])]);
    doc.getXmlFragment("x").insert(0, [new Y.XmlElement("p"), new Y.XmlText("words")]);
    if (!draw(4)) doc.getArray("a").delete(0, 1);
    Y.applyUpdate(all, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(all)));
  }
  return all;
}

test("the parts of an update make the same document, each complete in itself", () => {
  const whole = written(300);
  const update = Y.encodeStateAsUpdate(whole);
  const doc = new Y.Doc({ gc: false });
  const parts = [...slices(update, 2_000, 60)];
  for (const part of parts) {
    Y.applyUpdate(doc, part);
    expect(doc.store.pendingStructs, "each part comes after what it depends on").toBeNull();
    expect(doc.store.pendingDs).toBeNull();
  }
  expect(parts.length).toBeGreaterThan(20);
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(4_000);
  expect(Y.encodeStateAsUpdate(doc)).toEqual(update);
  for (const name of ["t", "m", "a"]) expect(doc.get(name).toJSON()).toEqual(whole.get(name).toJSON());
});

test("the parts of a difference complete what was there, with its deletions", () => {
  const whole = written(120);
  const doc = new Y.Doc({ gc: false });
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(whole));
  const then = Y.encodeStateVector(doc);
  const text = whole.getText("t");
  for (let at = 0; at < 40; at += 1) text.delete(at, 1);
  text.insert(0, "later");
  for (const part of slices(Y.encodeStateAsUpdate(whole, then), 50, 5)) Y.applyUpdate(doc, part);
  expect(Y.encodeStateAsUpdate(doc)).toEqual(Y.encodeStateAsUpdate(whole));
});

test("what is deleted never shows", () => {
  const whole = new Y.Doc({ gc: false });
  const text = whole.getText("t");
  for (let number = 0; number < 50; number += 1) text.insert(text.length, number % 2 ? "kept " : "gone ");
  for (let at = 0; at < text.length; at += 5) text.delete(at, 5);
  const doc = new Y.Doc({ gc: false });
  for (const part of slices(Y.encodeStateAsUpdate(whole), 60, 3)) {
    Y.applyUpdate(doc, part);
    expect(doc.getText("t").toString()).not.toContain("gone");
  }
  expect(doc.getText("t").toString()).toBe("kept ".repeat(25));
});

test("an update with a hole is left whole", () => {
  const [first, , third] = updatesOf("abc");
  const update = Y.mergeUpdates([first!, third!]);
  expect([...slices(update, 1, 1)]).toEqual([update]);
});

function updatesOf(letters: string): Uint8Array[] {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (const letter of letters) doc.getText("t").insert(0, letter);
  return updates;
}
