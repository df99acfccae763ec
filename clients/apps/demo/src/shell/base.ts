import { serverAt } from "@parlour/ui/server";

/** The server of this page; empty at the root of its host. */
export const base = serverAt(location);
