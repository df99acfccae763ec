import { reportUncaught } from "../connection/events.js";
const STORE = "posts";
const BY_ID = "by-id";
/**
 * Keep posts without an answer in this browser's IndexedDB: `connect({ …, posts: keepPosts() })`. A reload, a crash or
 * a closed tab loses none; the next page of the same account sends them first, in order, and what the server had stored
 * is answered `duplicate`. A post made before the first greeting is kept from then on.
 */
export function keepPosts({ name = "parlour", onError = reportUncaught } = {}) {
    let opened;
    let last = Promise.resolve();
    const database = () => (opened ??= open(name));
    /** Run in the order asked for, each in a transaction of its own. */
    const run = (mode, work) => {
        const result = last.then(async () => done(work((await database()).transaction(STORE, mode).objectStore(STORE))));
        last = result.catch(() => { });
        return result;
    };
    return {
        async load(account) {
            const all = await run("readonly", (posts) => posts.getAll());
            return all.filter((kept) => kept.account === account).map(({ post }) => post);
        },
        add(account, post) {
            const kept = { account, id: post.id, post };
            run("readwrite", (posts) => posts.put(kept)).catch(onError);
        },
        remove(account, id) {
            const removed = (posts) => {
                const found = posts.index(BY_ID).openCursor([account, id]);
                found.addEventListener("success", () => found.result?.delete());
                return found;
            };
            run("readwrite", removed).catch(onError);
        },
    };
}
function open(name) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
        const posts = request.result.createObjectStore(STORE, { autoIncrement: true });
        posts.createIndex(BY_ID, ["account", "id"], { unique: true });
    };
    return done(request);
}
function done(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
    });
}
