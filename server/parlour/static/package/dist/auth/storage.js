export function keepSession(options, session) {
    storageOf(options)?.setItem(storageKey(options), JSON.stringify(session));
}
export function forgetSession(options) {
    storageOf(options)?.removeItem(storageKey(options));
}
/** The kept session; null without one, or where it cannot be read. */
export function keptSession(options) {
    try {
        const stored = storageOf(options)?.getItem(storageKey(options));
        return stored ? JSON.parse(stored) : null;
    }
    catch {
        return null;
    }
}
function storageOf({ storage }) {
    return storage === undefined ? sessionStorageHere() : storage;
}
export function storageKey({ url = "" }) {
    return `parlour:session:${url}`;
}
/** The storage of this tab; null outside a browser. */
export function sessionStorageHere() {
    return typeof sessionStorage === "undefined" ? null : sessionStorage;
}
