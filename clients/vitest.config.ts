import { defineConfig } from "vitest/config";
import { sources } from "./tools/options.mjs";

export default defineConfig({
  resolve: { alias: sources },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { testTimeout: 30_000, include: ["{packages,apps}/*/tests/**/*.test.{ts,tsx}", "tools/tests/**/*.test.ts"] },
});
