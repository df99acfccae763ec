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

/**
 * Writes `out`/package, which the server packs for `npm i <server>/parlour/client.tgz`: what npm would publish, without
 * the sources and the maps, which would triple what is committed.
 */
export function copyPackage(out) {
  const folder = join(out, "package");
  for (const file of ["package.json", "README.md", "LICENSE"]) cpSync(join(client, file), join(folder, file));
  copyWithoutMaps(join(client, "dist"), join(folder, "dist"));
}

/** Builds `out`/client for pages without a bundler: one module an entry with everything inside. Types: the package's. */
export async function buildModules(out) {
  const folder = join(out, "client");
  const { metafile } = await build({ ...shared, minify: true, entryPoints, outdir: folder });
  writeFileSync(join(folder, "client.d.ts"), 'export * from "./package/dist/index.js";\n');
  writeFileSync(join(folder, "session.d.ts"), 'export * from "./package/dist/session.js";\n');
  writeLicences(metafile, folder);
}

function copyWithoutMaps(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith(".map") });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    writeFileSync(file, readFileSync(file, "utf8").replace(/\/\/# sourceMappingURL=.*\n?$/, ""));
  }
}
