/** What every bundle and test has in common: where the workspaces are, and how their TypeScript is read. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { leanSocketIo } from "./lean-socket-io.mjs";

/** The folder of all workspaces, clients/. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Packages of this repository that bundles and tests read as sources, not as built files. */
export const sources = {
  "#socket-io": "socket.io-client",
  "@parlour/client/session": join(root, "packages/client/src/session.ts"),
  "@parlour/client/local": join(root, "packages/client/src/local.ts"),
  "@parlour/client/play": join(root, "packages/client/src/play.ts"),
  "@parlour/client/chain": join(root, "packages/client/src/chain.ts"),
  "@parlour/client/names": join(root, "packages/client/src/names.ts"),
  "@parlour/client/optimistic": join(root, "packages/client/src/optimistic.ts"),
  "@parlour/client/predict": join(root, "packages/client/src/predict.ts"),
  "@parlour/client/document": join(root, "packages/client/src/document.ts"),
  "@parlour/client/wallet": join(root, "packages/client/src/wallet.ts"),
  "@parlour/client": join(root, "packages/client/src/index.ts"),
  "@parlour/react/suspense": join(root, "packages/react/src/suspense.ts"),
  "@parlour/react/document": join(root, "packages/react/src/document.ts"),
  "@parlour/react": join(root, "packages/react/src/index.ts"),
  "@parlour/ui": join(root, "packages/ui/src"),
};

/**
 * Options of esbuild; the same sources and lock file give the same bytes.
 * @type {import("esbuild").BuildOptions}
 */
export const shared = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // THIRD-PARTY.txt carries the licences, whole
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: sources,
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff2": "file" },
  assetNames: "[name]",
  metafile: true,
  plugins: [leanSocketIo],
};
