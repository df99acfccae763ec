/** What the tabs that share one socket tell each other. */
/** What a tab asks of the one that holds the socket. */
export type FromTab = {
    from: string;
    do: "connect" | "leave";
} | {
    from: string;
    do: "ask";
    n: number;
    event: string;
    payload: Record<string, unknown>;
};
/** What the holder tells a tab, or all of them where `to` is missing: an event, or the answer to a request. */
export type FromHolder = {
    to?: string;
    say: string;
    value?: unknown;
} | {
    to: string;
    n: number;
    answer: unknown;
};
