import { Cell } from "./store.js";
/**
 * Make a listing that is empty until somebody subscribes. `follow` is called then: it calls `again` when the list can
 * be asked for and whenever it has changed, until it is taken off.
 */
export function listing(ask, initial, follow, onError) {
    const kept = new Cell(initial, onError);
    let listeners = 0;
    let asked = 0;
    let unfollow;
    const again = () => {
        const turn = ++asked;
        ask().then((value) => turn === asked && kept.set(value), () => undefined);
    };
    const subscribe = (listener) => {
        let off = kept.subscribe(listener);
        if (listeners++ === 0)
            unfollow = follow(again);
        return () => {
            if (!off)
                return;
            off();
            off = undefined;
            if (--listeners === 0)
                unfollow();
        };
    };
    return Object.assign((options) => ask(options), { get: kept.get, subscribe });
}
