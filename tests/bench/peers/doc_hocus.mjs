// node doc_hocus.mjs PORT mem|sqlite DBFILE, from a folder with its packages; DEBOUNCE=0 stores at every change.
import { Server } from "@hocuspocus/server";
import { SQLite } from "@hocuspocus/extension-sqlite";
const [port, store, database] = process.argv.slice(2);
const { DEBOUNCE } = process.env;
const server = new Server({
  port: Number(port),
  quiet: true,
  ...(DEBOUNCE !== undefined ? { debounce: Number(DEBOUNCE), maxDebounce: Number(DEBOUNCE) } : {}),
  extensions: store === "sqlite" ? [new SQLite({ database })] : [],
});
await server.listen();
