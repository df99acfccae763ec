export type Off = () => void;
export type Listener<Value> = (value: Value) => void;
/** A set of callbacks for one kind of news. A listener that throws disturbs neither the others nor the caller. */
export declare class Listeners<Value> {
    #private;
    add(listener: Listener<Value>): Off;
    tell(value: Value): void;
}
