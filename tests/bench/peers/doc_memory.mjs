// node --expose-gc doc_memory.mjs UPDATE COUNT, from a folder with its packages: opens documents of one update each.
import { readFileSync } from "node:fs";
import { Hocuspocus } from "@hocuspocus/server";
import * as Y from "yjs";
const [file, count] = process.argv.slice(2);
const update = readFileSync(file);
const hocuspocus = new Hocuspocus({ quiet: true, unloadImmediately: false });
const open = async (name) => {
  const connection = await hocuspocus.openDirectConnection(name, {});
  await connection.transact((document) => Y.applyUpdate(document, update));
  return connection;
};
await open("first");
globalThis.gc();
const before = process.memoryUsage().rss;
const began = performance.now();
const opened = [];
for (let number = 0; number < Number(count); number++) opened.push(await open(`document-${number}`));
const seconds = (performance.now() - began) / 1000 / opened.length;
globalThis.gc();
const memory = Math.round((process.memoryUsage().rss - before) / opened.length);
console.log(JSON.stringify({ bytes: Y.encodeStateAsUpdate(opened[0].document).length, seconds, memory }));
process.exit(0);
