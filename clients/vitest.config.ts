import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { root, sources } from "./tools/options.mjs";

const HOOKS = "packages/react/tests/**/*.test.tsx";
const react18 = join(root, "tools/react-18/node_modules");

export default defineConfig({
  resolve: { alias: sources },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: "clients",
          include: ["{packages,apps}/*/tests/**/*.test.{ts,tsx}", "tools/tests/**/*.test.ts"],
          exclude: [...configDefaults.exclude, HOOKS],
        },
      },
      { extends: true, test: { name: "react-19", include: [HOOKS] } },
      {
        extends: true,
        resolve: { alias: { "react-dom": join(react18, "react-dom"), react: join(react18, "react") } },
        test: { name: "react-18", include: [HOOKS] },
      },
    ],
  },
});
