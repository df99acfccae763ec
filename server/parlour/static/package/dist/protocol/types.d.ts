/** The wire's types: all that are generated from the server's registry, and what requests answer without `ok`. */
import type { Replies, RequestName } from "./types.gen.js";
export type * from "./types.gen.js";
/** What a request is answered where it was carried out, beyond `ok`. */
export type Answer<Name extends RequestName> = Beyond<Replies[Name]>;
type Beyond<Reply> = Reply extends unknown ? Omit<Reply, "ok"> : never;
