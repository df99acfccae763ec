import type { PatchOperation } from "../protocol/types.js";
/**
 * RFC 6902, without touching `document`: what changed is new, what did not is shared, so `===` tells a view what to draw.
 *
 * @throws RangeError when the patch does not fit the document, or names a key that could reach a prototype.
 */
export declare function applyPatch<Value>(document: Value, patch: readonly PatchOperation[]): Value;
