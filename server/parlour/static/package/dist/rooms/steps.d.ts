/**
 * Take the steps of `text` (protocol section 4 "Steps"): what was added to each number of a view, in their order.
 * As with a patch, what changed is new and what did not is shared with `document`.
 *
 * @throws RangeError when the text is malformed, says more numbers than there are, or adds to one that is not whole.
 */
export declare function applySteps<Value>(document: Value, text: string): Value;
