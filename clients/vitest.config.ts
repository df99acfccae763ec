import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@parlour/client": fileURLToPath(new URL("./browser/src/index.ts", import.meta.url)) } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { include: ["{browser,admin,demo}/tests/**/*.test.{ts,tsx}", "tests/**/*.test.ts"] },
});
