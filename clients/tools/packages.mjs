/** Builds @parlour/client: the package for npm, and the one-file modules that the server gives out. */
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { writeLicences } from "./licences.mjs";
import { root, shared } from "./options.mjs";

const client = join(root, "packages/client");
const entryPoints = { client: join(client, "src/index.ts"), session: join(client, "src/session.ts") };

/** Builds packages/client/dist: a module for each source, its types, and maps of both. */
export function buildPackage() {
  rmSync(join(client, "dist"), { recursive: true, force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(client, "tsconfig.build.json")], { stdio: "inherit" });
}

/** Builds `out`/client for pages without a bundler: one module an entry with everything inside, and the types. */
export async function buildModules(out) {
  const folder = join(out, "client");
  const { metafile } = await build({ ...shared, minify: true, entryPoints, outdir: folder });
  copyTypes(join(client, "dist"), join(folder, "types"));
  writeFileSync(join(folder, "client.d.ts"), 'export * from "./types/index.js";\n');
  writeFileSync(join(folder, "session.d.ts"), 'export * from "./types/session.js";\n');
  writeLicences(metafile, folder);
}

/** Copies the types without their maps, which are in the package alone. */
function copyTypes(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !/\.(js|map)$/.test(path) });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    writeFileSync(file, readFileSync(file, "utf8").replace(/\/\/# sourceMappingURL=.*\n?$/, ""));
  }
}
