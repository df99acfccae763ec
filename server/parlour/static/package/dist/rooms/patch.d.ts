import type { PatchOperation } from "../protocol/types.js";
/**
 * Apply a JSON Patch (RFC 6902) without touching `document`: what changed is new, what did not is shared, so `===` tells
 * a view what to draw. `__proto__` and the like are ordinary keys: only own properties are read and written.
 *
 * @throws RangeError when the patch does not fit the document, or would remove all of it.
 */
export declare function applyPatch<Value>(document: Value, patch: readonly PatchOperation[]): Value;
