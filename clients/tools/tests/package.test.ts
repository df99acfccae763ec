/** What npm would pack of @parlour/client, and what a bundler takes of it. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { beforeAll, describe, expect, test } from "vitest";
import { root, shared } from "../options.mjs";
import { buildPackages } from "../packages.mjs";

const folder = join(root, "packages/client");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const kB = 1_000;

function filesIn(name: string): string[] {
  const entries = readdirSync(join(folder, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(join(folder, name).length + 1)).sort();
}

function node(script: string): string {
  const args = ["--input-type=module", "--eval", script];
  return execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", timeout: 20_000 });
}

beforeAll(() => buildPackages(), 60_000);

describe("the package", () => {
  test("has a module, its types and maps of both for every source", () => {
    const modules = filesIn("src").map((file) => file.replace(/\.ts$/, ""));
    const built = modules.flatMap((name) => [".d.ts", ".d.ts.map", ".js", ".js.map"].map((end) => name + end));
    expect(filesIn("dist")).toEqual(built.sort());
  });

  test("names types first in every entry, and no file that is not there", () => {
    for (const [entry, targets] of Object.entries(manifest.exports as Record<string, string | object>)) {
      if (typeof targets === "object") expect([entry, Object.keys(targets)]).toEqual([entry, ["types", "default"]]);
      for (const path of typeof targets === "string" ? [targets] : Object.values(targets)) {
        expect([path, existsSync(join(folder, path))]).toEqual([path, true]);
      }
    }
  });

  test("packs sources, modules, licences and README, and nothing else", () => {
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: folder, encoding: "utf8" }),
    );
    const paths = (packed.files as { path: string }[]).map(({ path }) => path);
    const others = paths.filter((path) => !/^(dist|src)\//.test(path));
    expect(others.sort()).toEqual([
      ...["LICENSE", "README.md", "package.json"],
      ...["vendor/THIRD-PARTY.txt", "vendor/socket.io.js"],
    ]);
  });

  test("shows no internals in its types", () => {
    const types = filesIn("dist").filter((file) => file.endsWith(".d.ts"));
    const text = types.map((file) => readFileSync(join(folder, "dist", file), "utf8")).join("\n");
    expect(text).not.toMatch(/@internal|constructor\(membership|constructor\(socket: SocketLike, \{/);
  });
});

describe("the small entries", () => {
  test.each([
    ["predict", 3],
    ["local", 3],
    ["names", 1],
    ["play", 0.5],
    ["optimistic", 1.5],
    ["chain", 0.5],
  ])("%s is at most %i kB", async (entry, most) => {
    const entryPoints = [join(folder, `dist/${entry}.js`)];
    const { outputFiles } = await build({ bundle: true, format: "esm", minify: true, entryPoints, write: false });
    expect(gzipSync(outputFiles[0]!.contents, { level: 9 }).length).toBeLessThanOrEqual(most * kB);
  });
});

describe("@parlour/react", () => {
  const react = join(root, "packages/react");
  /** Bytes at most of each entry, gzipped, with what it shares with the others; the client comes from elsewhere. */
  const budgets = { index: 3.05 * kB, suspense: 3.3 * kB, document: 1.3 * kB };

  test.each(Object.entries(budgets))("the entry %s is at most %i B", async (name, most) => {
    const external = ["react", "@parlour/client", "@parlour/client/document"];
    const entryPoints = [join(react, `dist/${name}.js`)];
    const { outputFiles } = await build({
      bundle: true,
      format: "esm",
      minify: true,
      external,
      entryPoints,
      write: false,
    });
    expect(gzipSync(outputFiles[0]!.contents, { level: 9 }).length).toBeLessThanOrEqual(most);
  });

  test("every entry says that it is for clients, which Next asks for", () => {
    for (const name of Object.keys(budgets)) {
      expect(readFileSync(join(react, `dist/${name}.js`), "utf8")).toMatch(/^"use client";/);
    }
  });

  test.each(["client", "react"])("publint has nothing to say of packages/%s", async (name) => {
    const { messages } = await publint({ pkgDir: join(root, "packages", name), strict: true, pack: "npm" });
    expect(messages).toEqual([]);
  });
});

test("the wallet entry is at most 2 kB beside the client's own sign-in", async () => {
  const external = ["../../auth/*", "../../protocol/*", "../address.js"];
  const entryPoints = [join(folder, "dist/wallet.js")];
  const { outputFiles } = await build({
    bundle: true,
    format: "esm",
    minify: true,
    external,
    entryPoints,
    write: false,
  });
  expect(gzipSync(outputFiles[0]!.contents, { level: 9 }).length).toBeLessThanOrEqual(2 * kB);
});

describe("in Node, without a page", () => {
  test("every entry is imported, and opens nothing", () => {
    const script = `
      const sdk = await import("@parlour/client");
      const { SessionKey } = await import("@parlour/client/session");
      sdk.discoverWallets({ onWallets: () => undefined })();
      sdk.connect({ url: "http://127.0.0.1:9" });
      await sdk.createSession({ url: "http://127.0.0.1:9" }).resume();
      console.log(SessionKey.stored().address.length, typeof sdk.connect);`;
    expect(node(script)).toBe("42 function\n"); // and the process ends: nothing is left open
  });

  test("connect() without a url says what is missing", () => {
    const script = `
      const { connect } = await import("@parlour/client");
      try { connect(); } catch (error) { console.log(error.code, error.reason, error.retryable); }`;
    expect(node(script)).toBe("invalid url false\n");
  });
});

describe("an export, bundled alone and gzipped", () => {
  /** Bytes at most; what is not named may be 1 kB. */
  const budgets: Record<string, number> = {
    connect: 22 * kB, // with Socket.IO
    createSession: 4.6 * kB, // tabs may share one, which one of them renews
    foldMessages: 1.3 * kB,
    signIn: 3.5 * kB,
    resumeSession: 1.6 * kB,
    signOut: 1.6 * kB,
  };

  test("costs what its budget allows, and Socket.IO comes with connect alone", async () => {
    const index = readFileSync(join(folder, "src/index.ts"), "utf8");
    const values = [...index.matchAll(/^export \{([^}]+)\}/gm)].flatMap(([, names]) => names!.split(","));
    const names = values.map((name) => name.trim()).filter((name) => name && !name.startsWith("type "));
    expect(names).toContain("connect");
    const over: string[] = [];
    for (const name of names) {
      const stdin = { contents: `export { ${name} } from "@parlour/client";`, resolveDir: root };
      const { outputFiles, metafile } = await build({
        ...shared,
        alias: {}, // as an application has the package: its built modules, and its own word for Socket.IO
        tsconfigRaw: "{}",
        plugins: [],
        minify: true,
        stdin,
        write: false,
        outdir: root,
      });
      const size = gzipSync(outputFiles![0]!.contents, { level: 9 }).length;
      const carriesSocketIo = Object.values(metafile!.outputs).some(({ inputs }) =>
        Object.keys(inputs).some((path) => path.includes("socket.io")),
      );
      if (size > (budgets[name] ?? kB) || carriesSocketIo !== (name === "connect")) over.push(`${name}: ${size} B`);
    }
    expect(over).toEqual([]);
  });
});
