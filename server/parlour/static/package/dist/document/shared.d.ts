import * as Y from "yjs";
import { type Listener, type Off } from "../connection/events.js";
import type { Store } from "../store/store.js";
/** What a shared value may be: JSON; the last write of a key or place wins. */
export type JsonValue = null | boolean | number | string | JsonValue[] | {
    [key: string]: JsonValue;
};
/** What maps and lists have in common: a plain value, made anew only after changes. */
declare abstract class Shared<Value, Type extends Y.Map<unknown> | Y.Array<unknown>> implements Store<Value> {
    #private;
    protected readonly type: Type;
    constructor(type: Type);
    /** The value now, as plain JSON; the same object until it changes. */
    get(): Value;
    /** Hear every change, one's own too; returns what ends that. */
    subscribe(listener: Listener<Value>): Off;
    /** Make several changes one: others see all of them or none. */
    transact(change: () => void): void;
}
/** A Y.Map as a plain object. */
export declare class SharedMap<Values extends object = Record<string, unknown>> extends Shared<Partial<Values>, Y.Map<unknown>> {
    set<Key extends keyof Values & string>(key: Key, value: Values[Key]): void;
    delete(key: keyof Values & string): void;
    /** Set several keys at once. */
    assign(values: Partial<Values>): void;
}
/** A Y.Array as a plain list. */
export declare class SharedList<Item = unknown> extends Shared<Item[], Y.Array<unknown>> {
    get length(): number;
    push(...items: Item[]): void;
    insert(at: number, ...items: Item[]): void;
    delete(at: number, count?: number): void;
    /** Put another value in a place. */
    set(at: number, item: Item): void;
}
export {};
