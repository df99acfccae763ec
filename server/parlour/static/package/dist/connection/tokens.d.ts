type Token = string | undefined;
/** Gives a connection its session's token; a `SessionManager` is one. */
export interface TokenSource {
    /** Return the token for the next socket; undefined connects as a guest. */
    token(): Token | Promise<Token>;
    /** Called when the server does not accept this token any more: signed out, revoked or expired. */
    tokenEnded?(token: string): void;
}
/** A token, a function called before every socket, or a source. */
export type TokenOption = string | (() => Token | Promise<Token>) | TokenSource;
export declare function toTokenSource(option: TokenOption | undefined): TokenSource;
export {};
