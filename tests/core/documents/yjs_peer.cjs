// Makes random Yjs documents and judges what became of them; one JSON object a line in, one out. No network.
//   {make: seed, mix}      → {posts: [hex], finals: [hex], vector: hex}   updates as clients post them
//   {check: hex, accepted: [hex], missed: hex} → {faults: [text], text}   of the document made last
const path = require("node:path");
const readline = require("node:readline");
const Y = require(require.resolve("yjs", { paths: [path.join(__dirname, "../../../clients")] }));

const EMOJI = ["📊", "👍", "🧵"];
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = (text) => new Uint8Array(Buffer.from(text, "hex"));
const roots = (doc) => ({ text: doc.getText("t"), map: doc.getMap("m"), list: doc.getArray("a"), xml: doc.getXmlFragment("x") });

/** mulberry32: the same seed, the same document. */
function dice(seed) {
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return (n) => Math.floor(next() * n);
}

/** A place in a text that splits no emoji, unless that is what is wanted. */
function place(text, roll, splits, at = roll(text.length + 1)) {
  const letters = text.toDelta().map(({ insert }) => (typeof insert === "string" ? insert : "#")).join("");
  const half = at > 0 && at < text.length && /[\udc00-\udfff]/.test(letters[at]);
  return half && !splits ? at + 1 : at;
}

function act(doc, undo, roll, splits) {
  const { text, map, list, xml } = roots(doc);
  const kind = roll(16);
  if (kind < 5) return text.insert(place(text, roll, splits), roll(3) ? "word "[roll(5)] : EMOJI[roll(3)] + "é");
  if (kind < 7 && text.length > 2) {
    const from = place(text, roll, splits);
    const to = place(text, roll, splits, Math.min(text.length, from + roll(6)));
    return to > from && text.delete(from, to - from);
  }
  if (kind < 8 && text.length > 2) {
    const from = place(text, roll, splits);
    const to = place(text, roll, splits);
    if (to > from) text.format(from, to - from, { bold: roll(2) ? true : null });
    return;
  }
  if (kind < 9) return text.insertEmbed(place(text, roll, splits), { image: roll(9) });
  if (kind < 11) return roll(4) ? map.set("k" + roll(4), roll(2) ? { n: roll(99), deep: [1, null, "x"] } : new Y.Text("in")) : map.delete("k" + roll(4));
  if (kind < 13) return list.length && !roll(3) ? list.delete(roll(list.length), 1) : list.insert(roll(list.length + 1), [roll(99), "s", new Uint8Array([roll(256)])]);
  if (kind < 15) {
    const child = xml.length ? xml.get(roll(xml.length)) : undefined;
    if (child instanceof Y.XmlElement && roll(2)) return child.insert(roll(child.length + 1), [new Y.XmlText("p" + roll(9))]);
    if (child && !roll(5)) return xml.delete(roll(xml.length), 1);
    const element = new Y.XmlElement("p");
    element.setAttribute("class", "c" + roll(3));
    return xml.insert(roll(xml.length + 1), [element]);
  }
  return roll(2) ? undo.undo() : undo.redo();
}

/** A text as the server exports it. */
function delta(text) {
  const parts = text.toDelta();
  return parts.every(({ insert, attributes }) => typeof insert === "string" && !attributes) ? text.toString() : parts;
}

let last;

function make(seed, mix) {
  const roll = dice(seed);
  const people = [0, 1, 2].map((number) => {
    const doc = new Y.Doc();
    doc.clientID = 1 + number + 10 * roll(400_000_000);
    const { text, map, list, xml } = roots(doc);
    return { doc, heard: 0, queue: [], undo: new Y.UndoManager([text, map, list, xml], { captureTimeout: 0 }) };
  });
  const log = [];
  for (const person of people) {
    person.doc.on("update", (update, origin) => origin !== "log" && person.queue.push(update));
  }
  const hear = (person) => {
    for (; person.heard < log.length; person.heard++) Y.applyUpdate(person.doc, log[person.heard], "log");
  };
  const send = (person) => {
    if (person.queue.length) log.push(roll(2) ? Y.mergeUpdates(person.queue.splice(0)) : person.queue.shift());
  };
  const steps = 30 + roll(60);
  let vector;
  for (let step = 0; step < steps; step++) {
    const person = people[roll(3)]; // who is not drawn for long was offline
    act(person.doc, person.undo, roll, mix === "split");
    if (roll(3)) send(person);
    if (!roll(4)) hear(person);
    if (step === steps >> 1) vector = Y.encodeStateVector(people[0].doc);
  }
  const middle = new Y.Doc();
  Y.applyUpdate(middle, Y.encodeStateAsUpdate(people[0].doc));
  vector = Y.encodeStateVector(middle);
  // Hearing makes yjs tidy formats up, which is an edit of its own.
  for (let round = 0; round < 9 && (round === 0 || people.some(({ queue }) => queue.length)); round++) {
    for (const person of people) while (person.queue.length) send(person);
    for (const person of people) hear(person);
  }
  const posts = [...log];
  if (mix === "early") for (let i = posts.length - 1; i > 0; i--) { const j = Math.max(0, i - roll(6)); [posts[i], posts[j]] = [posts[j], posts[i]]; }
  last = { people, middle, mix };
  return { posts: posts.map(hex), finals: people.map(({ doc }) => hex(Y.encodeStateAsUpdate(doc))), vector: hex(vector) };
}

/** With the keys of objects in order: writing a value keeps its keys and not their order. */
const plain = (value) =>
  value && value.constructor === Object ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, plain(value[key])])) : Array.isArray(value) ? value.map(plain) : value;

const picture = (doc) => {
  const { text, map, list, xml } = roots(doc);
  return JSON.stringify([text.toDelta(), plain(map.toJSON()), list.toJSON(), xml.toString(), [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort()]);
};

function check(update, accepted, missed) {
  const faults = [];
  const [fresh, yjs] = [new Y.Doc(), new Y.Doc()];
  Y.applyUpdate(fresh, bytes(update));
  for (const each of accepted) Y.applyUpdate(yjs, bytes(each));
  Y.applyUpdate(last.middle, bytes(missed));
  const pictures = new Map([["who heard each", picture(yjs)]]);
  if (last.mix !== "split") { // who splits an emoji sees something else than yjs gives to newcomers
    last.people.forEach(({ doc }, number) => pictures.set("person " + number, picture(doc)));
    pictures.set("who came back", picture(last.middle));
  }
  for (const [name, seen] of pictures) if (seen !== picture(fresh)) faults.push(`${name} sees ${seen}, a newcomer ${picture(fresh)}`);
  if (fresh.store.pendingStructs || fresh.store.pendingDs) faults.push("something waits for its causes");
  return { faults, text: delta(fresh.getText("t")) };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  console.log(JSON.stringify("make" in asked ? make(asked.make, asked.mix) : check(asked.check, asked.accepted, asked.missed)));
});
