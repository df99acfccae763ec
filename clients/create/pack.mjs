/** Brings the template along before `npm pack`. */
import { cpSync, rmSync } from "node:fs";

const from = new URL("../../server/parlour/commands/starting/template/", import.meta.url);
const to = new URL("./template/", import.meta.url);
rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true });
