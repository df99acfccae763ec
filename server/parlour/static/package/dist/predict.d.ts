/**
 * Speed of hand in games that tick: places between two states of the server, and one's own inputs played at once.
 * All times are of one clock, in milliseconds, such as `performance.now()`. Imports nothing.
 */
/** What is read of a room. */
export interface TickingRoom<View> {
    readonly view: {
        get: () => View | undefined;
        subscribe: (listener: (view: View | undefined) => void) => () => void;
    };
    readonly seat: number | null;
}
export interface InterpolateOptions {
    /** The column of the view that names the rows, such as `ships`. */
    key: string;
    /** The columns of numbers to interpolate, such as `["x", "y"]`. */
    fields: readonly string[];
    /** Milliseconds from one state to the next: 1000 / `tick_rate`. */
    tick: number;
    /** Milliseconds by which the drawing is late, so that a next state is nearly always known; by default two ticks. */
    delay?: number;
    /** A longer way within one tick is a jump, which is shown as one. */
    leap?: number;
}
export type Row = Readonly<Record<string, number>>;
/** Rows between the states that were seen. */
export declare class Interpolation {
    #private;
    constructor(options: InterpolateOptions);
    /** Note a view, seen at `at`. */
    saw(view: object, at: number): void;
    /** The rows to draw at `now`, by their names; empty before the first view. */
    shownAt(now: number): Map<number | string, Row>;
}
export interface PredictOptions<Own, Input> {
    /** The player's own part of a view; undefined where there is none. `last` is the newest input that acted there. */
    own: (view: never, seat: number, last: Input | undefined) => Own | undefined;
    /** What an input does at once; changes nothing it is given. */
    apply: (own: Own, input: Input) => Own;
    /** What one tick does; changes nothing it is given. */
    step: (own: Own) => Own;
    /** Numbers of `own` that are shown between two ticks, and corrected smoothly. */
    fields: readonly (keyof Own & string)[];
    /** Milliseconds from one tick to the next. */
    tick: number;
    /** Send an input; rejects where the server refuses it. */
    send: (input: Input) => Promise<unknown>;
}
/** One's own part of a game, as it will be on the server when an input of now has come there. */
export declare class Prediction<Own extends object, Input> {
    #private;
    constructor(options: PredictOptions<Own, Input>);
    /** How long (ms) an input takes to the server and its effect back, as measured. */
    get trip(): number;
    /** How many inputs the server has not shown yet. */
    get waiting(): number;
    /** Whether a view with the own part was seen. */
    get started(): boolean;
    /** Note a view that this player in `seat` saw at `at`. */
    saw(view: object, seat: number, at: number): void;
    /** Act at once, and tell the server; rejects where it refuses, and the input is undone. */
    act(input: Input, at: number): Promise<void>;
    /** What to show at `now`; undefined before the first view. */
    shownAt(now: number): Own | undefined;
}
/** Follow a room, and show its rows between two states. `close` ends it. */
export declare function interpolate<View extends object>(room: TickingRoom<View>, options: InterpolateOptions, clock?: typeof present): {
    shownAt: (now?: number) => Map<string | number, Readonly<Record<string, number>>>;
    close: () => void;
};
/** Follow a room, and play one's own inputs at once. `close` ends it. */
export declare function predict<View extends object, Own extends object, Input>(room: TickingRoom<View>, options: PredictOptions<Own, Input>, clock?: typeof present): {
    act: (input: Input) => Promise<void>;
    shownAt: (now?: number) => Own | undefined;
    close: () => void;
};
declare function present(): number;
export {};
