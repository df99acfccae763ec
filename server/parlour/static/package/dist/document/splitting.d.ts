/** Cut an update that is too large for one post into updates that are not, each after what it depends on. */
export declare function split(update: Uint8Array, bytes?: number, structs?: number): Uint8Array[];
