const DIGITS = new Map([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((c, n) => [c, n]));
/** Minus nothing: the count of a run of zeros follows. */
const RUN = 1;
/** Eleven characters say all numbers up to 2^53. */
const MOST_DIGITS = 11;
/**
 * Take the steps of `text` (protocol section 4 "Steps"): what was added to each number of a view, in their order.
 * As with a patch, what changed is new and what did not is shared with `document`.
 *
 * @throws RangeError when the text is malformed, says more numbers than there are, or adds to one that is not whole.
 */
export function applySteps(document, text) {
    const steps = new Steps(text);
    const after = stepped(document, steps);
    if (!steps.done)
        throw new RangeError("more steps than numbers");
    return after;
}
function stepped(node, steps) {
    if (typeof node === "number")
        return steps.done ? node : moved(node, steps.next());
    if (typeof node !== "object" || node === null || steps.done)
        return node;
    if (Array.isArray(node)) {
        const items = node.map((item) => stepped(item, steps));
        return items.some((item, at) => item !== node[at]) ? items : node;
    }
    const changed = [];
    for (const key of Object.keys(node).sort()) {
        const before = Reflect.get(node, key);
        const after = stepped(before, steps);
        if (after !== before)
            changed.push([key, after]);
    }
    return changed.length ? { ...node, ...Object.fromEntries(changed) } : node;
}
function moved(value, by) {
    if (by === 0)
        return value;
    if (!Number.isSafeInteger(value + by) || !Number.isInteger(value))
        throw new RangeError(`${value} cannot move`);
    return value + by;
}
/** Reads the differences of a text one by one. */
class Steps {
    #text;
    #at = 0;
    #zeros = 0;
    constructor(text) {
        if (typeof text !== "string")
            throw new RangeError("steps are a text");
        this.#text = text;
    }
    /** Whether nothing but zeros is left. */
    get done() {
        return this.#zeros === 0 && this.#at === this.#text.length;
    }
    next() {
        if (this.#zeros > 0) {
            this.#zeros--;
            return 0;
        }
        const digits = this.#digits();
        if (digits === RUN) {
            this.#zeros = this.#digits() - 1;
            if (this.#zeros < 0)
                throw new RangeError("a run of no zeros");
            return 0;
        }
        return digits % 2 ? (1 - digits) / 2 : digits / 2;
    }
    /** Read one number: five bits a character, the lowest first. */
    #digits() {
        let number = 0;
        for (let count = 0; count < MOST_DIGITS; count++) {
            const digit = DIGITS.get(this.#text.charAt(this.#at));
            if (digit === undefined)
                throw new RangeError(`no base64 VLQ at ${this.#at}`);
            this.#at++;
            number += (digit % 32) * 32 ** count;
            if (digit < 32 && Number.isSafeInteger(number))
                return number;
        }
        throw new RangeError(`a number beyond 2^53 before ${this.#at}`);
    }
}
