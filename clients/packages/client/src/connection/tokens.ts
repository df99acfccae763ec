type Token = string | undefined;

/** Where a connection gets its session's token; a `SessionManager` is one. */
export interface TokenSource {
  /** The token for the next socket; undefined connects as a guest. */
  token(): Token | Promise<Token>;
  /** The server takes this token no more: signed out, revoked or expired. */
  tokenEnded?(token: string): void;
}

/** A token that stays, a function asked before every socket, or a source. */
export type TokenOption = string | (() => Token | Promise<Token>) | TokenSource;

export function toTokenSource(option: TokenOption | undefined): TokenSource {
  if (typeof option === "function") return { token: option };
  if (typeof option === "object") return option;
  return { token: () => option };
}
