/** What is committed under server/parlour/static: its size, and what it must never hold. */
import { gzipSync } from "node:zlib";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const STATIC = fileURLToPath(new URL("../../../server/parlour/static/", import.meta.url));
const kB = 1_000;

const filesIn = (folder: string): string[] =>
  readdirSync(STATIC + folder, { recursive: true })
    .map(String)
    .filter((file) => /\.\w+$/.test(file));
const read = (file: string): Buffer => readFileSync(STATIC + file);
const zipped = (...files: string[]): number =>
  files.reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0);

describe("gzipped sizes", () => {
  test("the whole client in one file, wallets and sessions included, is at most 25 kB", () => {
    expect(zipped("client/client.js")).toBeLessThanOrEqual(25 * kB);
  });

  test.each(["client", "package", "react"])("the %s carries no source maps, which npm's package has", (folder) => {
    const text = filesIn(folder).map((file) => read(`${folder}/${file}`).toString());
    expect(text.length).toBeGreaterThan(2);
    expect(filesIn(folder).filter((file) => file.endsWith(".map"))).toEqual([]);
    expect(text.filter((content) => content.includes("sourceMappingURL"))).toEqual([]);
  });

  test("the package has a module and its types for every source, and the types of client.js are its own", () => {
    const sources = readdirSync(fileURLToPath(new URL("../../packages/client/src", import.meta.url)), {
      recursive: true,
    });
    const modules = sources.map(String).filter((file) => file.endsWith(".ts"));
    const names = modules.map((file) => `dist/${file.replace(/\.ts$/, "")}`);
    expect(filesIn("package").filter((file) => file.startsWith("dist/"))).toEqual(
      expect.arrayContaining(names.flatMap((name) => [`${name}.js`, `${name}.d.ts`])),
    );
    for (const entry of ["client", "session"]) {
      const [, target] = /from "\.\/(.+)\.js"/.exec(read(`client/${entry}.d.ts`).toString())!;
      expect(filesIn("package").map((file) => `package/${file}`)).toContain(`${target}.d.ts`);
    }
  });

  test("the demo starts with at most 60 kB, and one font", () => {
    const chunks = read("demo/index.html")
      .toString()
      .matchAll(/modulepreload" href="(demo\/[^"]+)"/g);
    const scripts = ["demo/app.js", ...[...chunks].map(([, file]) => file!)];
    const imported = scripts.flatMap((file) => [
      ...read(file)
        .toString()
        .matchAll(/(?:from|import)"\.\/([^"]+)"/g),
    ]);
    expect(scripts).toEqual(expect.arrayContaining(imported.map(([, file]) => `demo/${file}`)));
    expect(zipped("demo/index.html", "demo/app.css", ...scripts)).toBeLessThanOrEqual(60 * kB);
    const fonts = filesIn("demo").filter((file) => file.endsWith(".woff2"));
    expect(fonts.map((font) => read(`demo/${font}`).length <= 24 * kB)).toEqual([true]);
  });

  test("keys and signing come only with a dev wallet", () => {
    expect(read("demo/app.js").includes("Ethereum Signed Message")).toBe(false);
  });

  test("the console's first page is at most 70 kB", () => {
    const chunks = read("admin/index.html")
      .toString()
      .matchAll(/modulepreload" href="([^"]+)"/g);
    const scripts = ["app.js", ...[...chunks].map(([, file]) => file!)];
    const imported = scripts.flatMap((file) => [
      ...read(`admin/${file}`)
        .toString()
        .matchAll(/(?:from|import)"\.\/([^"]+)"/g),
    ]);
    expect(scripts).toEqual(expect.arrayContaining(imported.map(([, file]) => file!)));
    const lazy = filesIn("admin").filter((file) => /^uPlot/.test(file)); // drawn at once, though fetched apart
    expect(lazy).toHaveLength(1);
    const first = ["index.html", "app.css", ...scripts, ...lazy];
    expect(zipped(...first.map((file) => `admin/${file}`))).toBeLessThanOrEqual(70 * kB);
  });
});

describe.each(["demo", "admin"])("the page of %s", (page) => {
  test("asks no other host for anything", () => {
    const text = filesIn(page)
      .filter((file) => /\.(html|css|js|svg)$/.test(file))
      .map((file) => read(`${page}/${file}`).toString())
      .join("\n");
    const hosts = [...text.matchAll(/(?:https?|wss?):\/\/([\w.-]+)/g)].map(([, host]) => host);
    const named = ["www.w3.org", "socket.io", "github.com"]; // XML namespaces; links in messages of socket.io and yjs
    expect(hosts.filter((host) => !named.includes(host!))).toEqual([]);
  });

  test("names no file from the root of the host, so a path prefix works", () => {
    const files = filesIn(page).filter((file) => /\.(html|css|js)$/.test(file));
    const rooted = files.filter((file) =>
      /(?:src|href|from|import|url)\s*[=(]?\s*\(?["']\/(?!\/)/.test(read(`${page}/${file}`).toString()),
    );
    expect(rooted).toEqual([]);
  });

  test("has no inline script or style", () => {
    const html = read(`${page}/index.html`).toString();
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|\son\w+=/i);
  });
});

test.each(["apps/demo", "apps/admin", "packages/client", "packages/react", "packages/ui"])(
  "%s never writes markup from text",
  (name) => {
    const folder = fileURLToPath(new URL(`../../${name}/src/`, import.meta.url));
    const sources = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => /\.tsx?$/.test(file));
    const unsafe = sources.filter((file) =>
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write/.test(readFileSync(folder + file, "utf8")),
    );
    expect(unsafe).toEqual([]);
  },
);
