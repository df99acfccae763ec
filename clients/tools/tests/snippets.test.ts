/** The TypeScript and JavaScript of the documentation compiles against the client as it is. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../options.mjs";

const PAGES = [
  "../README.md",
  "../docs/games.md",
  "../docs/markets.md",
  "../docs/documents.md",
  "../docs/files.md",
  "../docs/clients.md",
  "packages/client/README.md",
  "packages/react/README.md",
];

/** What a page leaves to its reader beside the names of snippets.d.ts, in place of them. */
const NAMES: Record<string, Record<string, string>> = {
  "../docs/documents.md": {
    id: "const id: string",
    token: "const token: string",
    draw: "function draw(value: unknown): void",
    provider: 'const provider: import("@parlour/client/document").DocumentProvider',
  },
  "../docs/files.md": {
    input: "const input: { files: [File] }",
    bar: "const bar: HTMLProgressElement",
    image: "const image: HTMLImageElement",
  },
};

/** The declarations of those names that the code uses and does not make. */
function namesOf(page: string, code: string): string {
  const left = Object.entries(NAMES[page] ?? {}).filter(
    ([name]) => new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`const (\\{ )?${name}\\b`).test(code),
  );
  return left.map(([, declared]) => `declare ${declared};\n`).join("");
}

/** The page's blocks that use this client; stock Socket.IO clients have names of their own. */
function snippets(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(/^ *```(?:tsx?|js)\n(.*?)^ *```/gms)].map(([, code]) => code!);
  return blocks.filter((code) => !code.includes("socket.emitWithAck"));
}

function errorsOf(code: string): string {
  const folder = mkdtempSync(join(root, "node_modules/.snippet-")); // where React is found;
  try {
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: { noUnusedLocals: false, noEmit: true, jsxImportSource: "react" },
      include: [join(folder, "snippet.tsx"), join(root, "tools/tests/snippets.d.ts")],
      exclude: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(folder, "snippet.tsx"), `${code}\nexport {};\n`);
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
    return "";
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each(PAGES)("the snippets of %s compile", { timeout: 120_000 }, (page) => {
  const codes = snippets(page);
  expect(codes.length).toBeGreaterThan(0);
  for (const code of codes) expect(errorsOf(namesOf(page, code) + code)).toBe("");
});

test("a snippet that is wrong does not compile", { timeout: 30_000 }, () => {
  expect(errorsOf('import { connect } from "@parlour/client";\nconnect({ address: 1 });')).toContain("address");
});
