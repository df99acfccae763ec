/** Builds the pages of apps/: their bundle, their public files, the licences. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { writeLicences } from "./licences.mjs";
import { root, shared } from "./options.mjs";

/** Where each page is served, seen from its files: the demo is at the root, its files in demo/. */
const FILES = { demo: "demo/", admin: "" };

/** Builds apps/`name` into `out`/`name`; all addresses are relative, so that the server may be behind a path prefix. */
export async function buildPage(name, out) {
  const folder = join(root, "apps", name);
  const { metafile } = await build({
    ...shared,
    minify: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    entryPoints: { app: join(folder, "src/main.tsx"), ...linkedSheets(join(folder, "src")) },
    outdir: join(out, name),
  });
  cpSync(join(folder, "public"), join(out, name), { recursive: true });
  if (name === "demo") await buildAlone(join(out, name));
  preloadChunks(metafile, name, join(out, name, "index.html"));
  writeLicences(metafile, join(out, name));
}

/** The sheets of conversations, boards and documents, by name: the app links one when it shows such a part. */
function linkedSheets(sources) {
  const sheets = readdirSync(sources, { recursive: true }).map(String);
  const linked = sheets.filter((file) => /^(games\/(?!any\/)[^/]+|document|chat)\/[^/]+\.css$/.test(file));
  return Object.fromEntries(linked.map((file) => [basename(file, ".css"), join(sources, file)]));
}

/** What runs without the demo, each in one file of its own: the page of a replay, and the worker that pushes wake. */
async function buildAlone(outdir) {
  const sources = join(root, "apps/demo/src");
  const entryPoints = { replay: join(sources, "replay/main.tsx"), "push-worker": join(sources, "push/worker.ts") };
  await build({ ...shared, minify: true, entryPoints, outdir });
}

/** What app.js imports at once is asked for at once, not only after app.js has come. */
function preloadChunks(metafile, name, page) {
  const [, app] = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/${name}/app.js`));
  const links = app.imports
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) => `    <link rel="modulepreload" href="${FILES[name]}${basename(path)}" />\n`);
  writeFileSync(page, readFileSync(page, "utf8").replace("  </head>", `${links.join("")}  </head>`));
}
