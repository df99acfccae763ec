/** The shape of packages/ and apps/: no circle of imports, no file that is too long. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { root, sources } from "../options.mjs";

const LONGEST_FILE = 300;
/** Longer files, and why. */
const LONGER: Record<string, string> = {};

const folders = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder)).flatMap((name) => ["src", "tests"].map((part) => join(root, folder, name, part))),
);
const files = [...folders, join(root, "tools")]
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, String(file))))
  .filter((file) => /\.(ts|tsx|mjs|css)$/.test(file));

/** Every `from "…"`, `import "…"` and `import("…")`; imports of types count. */
const IMPORT = /\b(?:from|import)\s*\(?\s*"([^"]+)"/g;

test("modules import each other in no circle", () => {
  const modules = new Map(files.filter((file) => /\.tsx?$/.test(file)).map((file) => [file, importsOf(file)]));
  expect(modules.size).toBeGreaterThan(50);
  expect(circleIn(modules).map((file) => relative(root, file))).toEqual([]);
});

test(`no file is longer than ${LONGEST_FILE} lines without a reason`, () => {
  const written = files.filter((file) => !file.includes(".gen."));
  const long = written.filter((file) => readFileSync(file, "utf8").split("\n").length - 1 > LONGEST_FILE);
  expect(long.map((file) => relative(root, file)).filter((file) => !(file in LONGER))).toEqual([]);
});

function importsOf(file: string): string[] {
  const paths = [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, path]) => path!);
  return paths.map((path) => resolveImport(file, path)).filter((path) => path !== undefined);
}

/** The source file an import means; undefined for packages from outside, styles and JSON. */
function resolveImport(from: string, path: string): string | undefined {
  if (path === "@parlour/client") return sources["@parlour/client"];
  const ui = /^@parlour\/ui\/(.+)$/.exec(path)?.[1];
  const base = ui ? join(sources["@parlour/ui"], ui) : path.startsWith(".") ? join(dirname(from), path) : undefined;
  if (base === undefined) return undefined;
  const candidates = [base.replace(/\.js$/, ".ts"), base.replace(/\.js$/, ".tsx"), `${base}.ts`, `${base}.tsx`];
  return candidates.find((candidate) => /\.tsx?$/.test(candidate) && existsSync(candidate));
}

/** The modules of the first circle that is found, in the order they import each other; empty where there is none. */
function circleIn(modules: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const next of modules.get(file) ?? []) {
      const circle = visit(next);
      if (circle.length) return circle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of modules.keys()) {
    const circle = visit(file);
    if (circle.length) return circle;
  }
  return [];
}
