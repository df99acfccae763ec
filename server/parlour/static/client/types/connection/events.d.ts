export type Off = () => void;
export type Listener<Value> = (value: Value) => void;
/** Is given what a listener of the application throws. */
export type ErrorHook = (error: unknown) => void;
/** The error hook of an application that names none: `reportError` of browsers, else `console.error`. */
export declare const reportUncaught: ErrorHook;
/** Callbacks for one kind of news. A listener that throws stops neither the others nor the caller. */
export declare class Listeners<Value> {
    #private;
    constructor(onError: ErrorHook);
    add(listener: Listener<Value>): Off;
    tell(value: Value): void;
}
