import type { PostStore } from "../connection/outbox.js";
import { type ErrorHook } from "../connection/events.js";
export interface KeepPostsOptions {
    /** The database; default `parlour`. Two servers in one origin need one each. */
    name?: string;
    /** Receives what goes wrong with the database; posts are sent all the same. */
    onError?: ErrorHook;
}
/**
 * Keep posts without an answer in this browser's IndexedDB: `connect({ …, posts: keepPosts() })`. A reload, a crash or
 * a closed tab loses none; the next page of the same account sends them first, in order, and what the server had stored
 * is answered `duplicate`. A post made before the first greeting is kept from then on.
 */
export declare function keepPosts({ name, onError }?: KeepPostsOptions): PostStore;
