/** Collects the licences of what a bundle contains. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./options.mjs";

/** Writes THIRD-PARTY.txt into `out`: the licence of every npm package that ended up in the bundle of `metafile`. */
export function writeLicences(metafile, out) {
  const inputs = Object.keys(metafile.inputs).filter((path) => path.startsWith("node_modules/"));
  const names = new Set(inputs.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)[1]));
  const texts = [...names].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  writeFileSync(join(out, "THIRD-PARTY.txt"), texts.join(`\n${"-".repeat(80)}\n\n`).replaceAll("\r", ""));
}
