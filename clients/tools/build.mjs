/**
 * Builds everything for the browser into server/parlour/static, which is committed: `pip install` needs no Node.
 * The same sources and lock file give the same bytes; `node tools/build.mjs --check` fails where the committed differ.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./options.mjs";
import { buildModules, buildPackages, copyPackages } from "./packages.mjs";
import { buildPage } from "./pages.mjs";
import { changedFiles, replaceCommitted } from "./static.mjs";

const out = mkdtempSync(join(tmpdir(), "parlour-static-"));
try {
  await buildPackages();
  copyPackages(out);
  await buildModules(out);
  for (const page of ["demo", "admin"]) await buildPage(page, out);
  mkdirSync(join(out, "contracts"));
  for (const contract of ["Stake.json", "DemoPool.json", "Pass.json"])
    cpSync(join(root, "apps/demo/contracts", contract), join(out, "contracts", contract));
  const changed = changedFiles(out);
  if (process.argv.includes("--check")) {
    for (const file of changed) console.error(`differs from a rebuild: server/parlour/static/${file}`);
    if (changed.length) process.exitCode = 1;
    else console.log("server/parlour/static is what a build of clients/ gives");
  } else {
    replaceCommitted(out);
    console.log(`built server/parlour/static (${changed.length} files changed)`);
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
