/**
 * Apply a JSON Patch (RFC 6902) without touching `document`: what changed is new, what did not is shared, so `===` tells
 * a view what to draw. `__proto__` and the like are ordinary keys: only own properties are read and written.
 *
 * @throws RangeError when the patch does not fit the document, or would remove all of it.
 */
export function applyPatch(document, patch) {
    return patch.reduce(applyOperation, document);
}
function applyOperation(document, operation) {
    const path = parsePointer(operation.path);
    if (/add|replace|test/.test(operation.op) && !("value" in operation))
        throw new RangeError("no value");
    switch (operation.op) {
        case "add":
            return add(document, path, operation.value);
        case "remove":
            return edit(document, path, remove);
        case "replace":
            return path.length === 0
                ? operation.value
                : edit(document, path, (holder, key) => replace(holder, key, operation.value));
        case "copy":
            return add(document, path, read(document, parsePointer(operation.from)));
        case "move": {
            const from = parsePointer(operation.from);
            return add(edit(document, from, remove), path, read(document, from));
        }
        case "test":
            if (!equal(read(document, path), operation.value))
                throw new RangeError(`test failed at ${operation.path}`);
            return document;
        default:
            throw new RangeError("unknown patch operation");
    }
}
/** RFC 6901. */
function parsePointer(pointer) {
    if (pointer === "")
        return [];
    if (pointer?.[0] !== "/")
        throw new RangeError(`not a JSON pointer: ${pointer}`);
    return pointer
        .slice(1)
        .split("/")
        .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}
function read(document, path) {
    return path.reduce((node, key) => child(node, key), document);
}
function child(node, key) {
    const holder = asHolder(node);
    const name = Array.isArray(holder) ? index(holder, key, holder.length - 1) : key;
    if (!Object.hasOwn(holder, name))
        throw new RangeError(`nothing at ${key}`);
    return holder[name];
}
/** Rebuild the branch down to the last key of `path`, and let `change` rebuild what holds that key. */
function edit(node, path, change) {
    const [key, ...rest] = path;
    if (key === undefined)
        throw new RangeError("the whole document cannot be removed");
    if (rest.length === 0)
        return change(asHolder(node), key);
    return replace(asHolder(node), key, edit(child(node, key), rest, change));
}
function add(document, path, value) {
    if (path.length === 0)
        return value;
    return edit(document, path, (holder, key) => {
        if (!Array.isArray(holder))
            return { ...holder, [key]: value };
        return holder.toSpliced(key === "-" ? holder.length : index(holder, key, holder.length), 0, value);
    });
}
function replace(holder, key, value) {
    child(holder, key);
    if (Array.isArray(holder))
        return holder.with(Number(key), value);
    return { ...holder, [key]: value };
}
function remove(holder, key) {
    child(holder, key);
    if (Array.isArray(holder))
        return holder.toSpliced(Number(key), 1);
    const { [key]: _, ...rest } = holder;
    return rest;
}
function asHolder(node) {
    if (typeof node !== "object" || node === null)
        throw new RangeError("the path goes through a value");
    return node;
}
/** An array index of RFC 6901: no sign, no leading zero, at most `last`. */
function index(holder, key, last) {
    if (!/^(0|[1-9][0-9]*)$/.test(key) || Number(key) > last)
        throw new RangeError(`no index ${key} in ${holder.length}`);
    return Number(key);
}
function equal(left, right) {
    if (left === right)
        return true;
    if (typeof left !== "object" || typeof right !== "object" || left === null || right === null)
        return false;
    if (Array.isArray(left) !== Array.isArray(right))
        return false;
    const keys = Object.keys(left);
    return (keys.length === Object.keys(right).length &&
        keys.every((key) => Object.hasOwn(right, key) && equal(Reflect.get(left, key), Reflect.get(right, key))));
}
