/** Cuts a large update without decoding it: into parts of bytes that a page applies one by one. */
/**
 * Yield an update in parts, each after what it depends on and with what is deleted of it.
 * An update with holes is yielded whole.
 */
export declare function slices(update: Uint8Array, bytes?: number, structs?: number): Generator<Uint8Array>;
/** Let the page draw and answer. A message is no timer: those wait a second each in a tab that nobody sees. */
export declare function turn(): Promise<void>;
