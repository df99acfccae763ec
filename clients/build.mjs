/**
 * Builds everything for the browser into server/parlour/static, which is committed: `pip install` needs no Node.
 * The same sources and lock file give the same bytes; `node build.mjs --check` fails where the committed ones differ.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const committed = join(here, "../server/parlour/static");
const BUILT = ["client", "demo", "admin", "contracts"];

const shared = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // THIRD-PARTY.txt carries the licences, whole
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: { "@parlour/client": "./browser/src/index.ts" },
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff2": "file" },
  assetNames: "[name]",
  metafile: true,
};

async function buildPackage() {
  rmSync(join(here, "browser/dist"), { recursive: true, force: true });
  const entryPoints = ["browser/src/index.ts", "browser/src/session.ts"];
  const external = ["socket.io-client", "@noble/*"];
  await build({ ...shared, entryPoints, outdir: "browser/dist", external });
  const tsc = join(here, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.types.json"], { cwd: here, stdio: "inherit" });
}

async function buildClient(out) {
  const entryPoints = { client: "browser/src/index.ts", session: "browser/src/session.ts" };
  const { metafile } = await build({ ...shared, minify: true, entryPoints, outdir: join(out, "client") });
  cpSync(join(here, "browser/dist"), join(out, "client/types"), {
    recursive: true,
    filter: (path) => !path.endsWith(".js"),
  });
  writeFileSync(join(out, "client/client.d.ts"), 'export * from "./types/index.js";\n');
  writeFileSync(join(out, "client/session.d.ts"), 'export * from "./types/session.js";\n');
  writeLicences(metafile, join(out, "client"));
}

async function buildPage(name, out) {
  const { metafile } = await build({
    ...shared,
    minify: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    publicPath: `/${name}/`,
    entryPoints: { app: `${name}/src/main.tsx` },
    outdir: join(out, name),
  });
  cpSync(join(here, name, "public"), join(out, name), { recursive: true });
  preloadChunks(metafile, name, join(out, name, "index.html"));
  writeLicences(metafile, join(out, name));
}

/** What app.js imports at once is asked for at once, not only after app.js has come. */
function preloadChunks(metafile, name, page) {
  const [, app] = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/${name}/app.js`));
  const links = app.imports
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) => `    <link rel="modulepreload" href="/${name}/${basename(path)}" />\n`);
  writeFileSync(page, readFileSync(page, "utf8").replace("  </head>", `${links.join("")}  </head>`));
}

/** The licence of every package that ended up in a bundle. */
function writeLicences(metafile, out) {
  const inputs = Object.keys(metafile.inputs).filter((path) => path.startsWith("node_modules/"));
  const names = new Set(inputs.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)[1]));
  const texts = [...names].sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  writeFileSync(join(out, "THIRD-PARTY.txt"), texts.join(`\n${"-".repeat(80)}\n\n`).replaceAll("\r", ""));
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function differences(left, right) {
  return BUILT.flatMap((name) => {
    const files = new Set([...filesIn(join(left, name)), ...filesIn(join(right, name))]);
    return [...files]
      .sort()
      .filter((file) => {
        const [a, b] = [join(left, name, file), join(right, name, file)];
        return !existsSync(a) || !existsSync(b) || !readFileSync(a).equals(readFileSync(b));
      })
      .map((file) => join(name, file));
  });
}

const out = mkdtempSync(join(tmpdir(), "parlour-static-"));
try {
  await buildPackage();
  await buildClient(out);
  for (const page of ["demo", "admin"]) if (existsSync(join(here, page, "src/main.tsx"))) await buildPage(page, out);
  mkdirSync(join(out, "contracts"));
  if (existsSync(join(here, "demo/contracts/Stake.json")))
    cpSync(join(here, "demo/contracts/Stake.json"), join(out, "contracts/Stake.json"));
  const changed = differences(out, committed);
  if (process.argv.includes("--check")) {
    for (const file of changed) console.error(`differs from a rebuild: server/parlour/static/${file}`);
    if (changed.length) process.exitCode = 1;
    else console.log("server/parlour/static is what a build of clients/ gives");
  } else {
    for (const name of BUILT) rmSync(join(committed, name), { recursive: true, force: true });
    for (const name of BUILT)
      if (existsSync(join(out, name))) cpSync(join(out, name), join(committed, name), { recursive: true });
    console.log(`built server/parlour/static (${changed.length} files changed)`);
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
