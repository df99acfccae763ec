/** Builds @parlour/client and @parlour/react: the packages for npm, and the one-file modules that the server gives out. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { writeLicences } from "./licences.mjs";
import { root, shared } from "./options.mjs";

const client = join(root, "packages/client");
const entryPoints = { client: join(client, "src/index.ts"), session: join(client, "src/session.ts") };

/** Packages that the server packs, and the folder of each below static/; react's types are made with client's. */
const PACKED = { client: "package", react: "react" };

/** Builds the dist of every package: a module for each source, its types, and maps of both. */
export async function buildPackages() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  for (const name of Object.keys(PACKED)) {
    const folder = join(root, "packages", name);
    rmSync(join(folder, "dist"), { recursive: true, force: true });
    execFileSync(process.execPath, [tsc, "-p", join(folder, "tsconfig.build.json")], { stdio: "inherit" });
  }
  await buildSocketIo();
}

/**
 * Builds what @parlour/client has in browsers in place of `socket.io-client`: 5 kB less once bundled. Node has the whole,
 * whose transports are others there.
 */
async function buildSocketIo() {
  const folder = join(client, "vendor");
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...shared,
    stdin: { contents: 'export { Manager } from "socket.io-client";', resolveDir: root },
    banner: { js: "/* Parts of socket.io-client and what it needs; their licences are in THIRD-PARTY.txt. */" },
    outfile: join(folder, "socket.io.js"),
  });
  writeLicences(metafile, folder);
}

/**
 * Writes what the server packs for `npm i <server>/parlour/client.tgz` and `…/react.tgz`: what npm would publish, without
 * the sources and the maps, which would triple what is committed.
 */
export function copyPackages(out) {
  for (const [name, target] of Object.entries(PACKED)) {
    const [from, folder] = [join(root, "packages", name), join(out, target)];
    for (const file of ["package.json", "README.md", "LICENSE"]) cpSync(join(from, file), join(folder, file));
    copyWithoutMaps(join(from, "dist"), join(folder, "dist"));
    if (existsSync(join(from, "vendor"))) cpSync(join(from, "vendor"), join(folder, "vendor"), { recursive: true });
  }
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
