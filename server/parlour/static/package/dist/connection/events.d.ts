export type Off = () => void;
/** Hears an event; it may be an `async` function. */
export type Listener<Value> = (value: Value) => void;
/** Receives what a listener of the application throws. */
export type ErrorHook = (error: unknown) => void;
/** Report an error where the application names no hook: by `reportError` in browsers, else `console.error`. */
export declare const reportUncaught: ErrorHook;
/** Holds the callbacks for one event. One that throws, or is rejected, stops neither the others nor the caller. */
export declare class Listeners<Value> {
    #private;
    constructor(onError: ErrorHook);
    add(listener: Listener<Value>): Off;
    notify(value: Value): void;
}
/** Call what the application handed in; `failed` gets what it throws, or what its promise is rejected with. */
export declare function guard<Value>(call: (value: Value) => unknown, value: Value, failed: ErrorHook): Promise<void>;
