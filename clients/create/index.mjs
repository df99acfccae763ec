#!/usr/bin/env node
/** `npm create parlour [name]`: the folder of a new DApp, from the same files as `parlour create`. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { filled, namesOf, placeOf } from "./names.mjs";

const template = process.env.PARLOUR_TEMPLATE ?? join(dirname(fileURLToPath(import.meta.url)), "template");

async function asked() {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const name = await lines.question("What is it called? ");
  lines.close();
  return name;
}

try {
  const names = namesOf(process.argv[2] ?? (await asked()));
  if (existsSync(names.kind)) throw new Error(`${names.kind} exists already.`);
  for (const name of readdirSync(template, { recursive: true })) {
    if (!name.endsWith(".tmpl")) continue;
    const place = join(names.kind, placeOf(name, names));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, filled(readFileSync(join(template, name), "utf8"), names));
  }
  console.log(`made ${names.kind}: ${join(names.kind, "README.md")} says what to do next`);
} catch (error) {
  console.error(`create-parlour: ${error.message}`);
  process.exitCode = 2;
}
