/** Compares and replaces the built folders of server/parlour/static. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./options.mjs";

const committed = join(root, "../server/parlour/static");
const BUILT = ["client", "package", "react", "demo", "admin", "contracts"];

/** Lists the files in which the build `out` and the committed one differ, one of them missing included. */
export function changedFiles(out) {
  return BUILT.flatMap((name) => {
    const files = new Set([...filesIn(join(out, name)), ...filesIn(join(committed, name))]);
    return [...files]
      .sort()
      .filter((file) => differ(join(out, name, file), join(committed, name, file)))
      .map((file) => join(name, file));
  });
}

/** Replaces the committed build by `out`. */
export function replaceCommitted(out) {
  for (const name of BUILT) {
    rmSync(join(committed, name), { recursive: true, force: true });
    cpSync(join(out, name), join(committed, name), { recursive: true });
  }
}

function differ(left, right) {
  return !existsSync(left) || !existsSync(right) || !readFileSync(left).equals(readFileSync(right));
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
