/** Builds @parlour/client: the package for npm, and the one-file modules that the server gives out. */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { writeLicences } from "./licences.mjs";
import { root, shared } from "./options.mjs";

const client = join(root, "packages/client");
const entryPoints = { index: join(client, "src/index.ts"), session: join(client, "src/session.ts") };

/** Builds packages/client/dist: both entries with their dependencies left outside, and the types. */
export async function buildPackage() {
  rmSync(join(client, "dist"), { recursive: true, force: true });
  const external = ["socket.io-client", "@noble/*"];
  await build({ ...shared, entryPoints, outdir: join(client, "dist"), external });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(client, "tsconfig.types.json")], { stdio: "inherit" });
}

/** Builds `out`/client: one module an entry with everything inside, beside the types of buildPackage. */
export async function buildModules(out) {
  const { index, session } = entryPoints;
  const folder = join(out, "client");
  const { metafile } = await build({
    ...shared,
    minify: true,
    entryPoints: { client: index, session },
    outdir: folder,
  });
  cpSync(join(client, "dist"), join(folder, "types"), { recursive: true, filter: (path) => !path.endsWith(".js") });
  writeFileSync(join(folder, "client.d.ts"), 'export * from "./types/index.js";\n');
  writeFileSync(join(folder, "session.d.ts"), 'export * from "./types/session.js";\n');
  writeLicences(metafile, folder);
}
