import type { ErrorBody, JsonObject } from "./types.js";

/**
 * Every error of this SDK. `code` is one of the server's (`forbidden`, `illegal`, …, or the sign-in rule that failed) or,
 * for what goes wrong before the server is asked: `wallet` (the reason says how) and `unavailable` (no connection).
 */
export class ParlourError extends Error {
  override readonly name = "ParlourError";
  readonly code: string;
  readonly reason: string | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds until a retry may help. */
  readonly retryAfter: number | undefined;
  readonly details: JsonObject | undefined;

  constructor(body: ErrorBody, options?: ErrorOptions) {
    super(body.message, options);
    this.code = body.code;
    this.reason = body.reason;
    this.retryable = body.retryable;
    this.retryAfter = body.retryAfter;
    this.details = body.details;
  }
}

export function unavailable(reason: string, message: string): ParlourError {
  return new ParlourError({ code: "unavailable", reason, message, retryable: true });
}

/** Outside a browser there is no page whose server could be meant. */
export function missingUrl(): ParlourError {
  const message = "Name the server: outside a browser there is no page to take the url from.";
  return new ParlourError({ code: "invalid", reason: "url", message, retryable: false });
}

/** EIP-1193 and the EIP-1474 codes wallets really use. */
const WALLET_ERRORS: Record<number, [reason: string, message: string, retryable: boolean]> = {
  4001: ["rejected", "The request was declined in the wallet.", true],
  4100: ["unauthorized", "The wallet has not authorised this account for this site.", true],
  4200: ["unsupported", "The wallet does not support this request.", false],
  4900: ["disconnected", "The wallet is disconnected from every chain.", true],
  4901: ["chain_disconnected", "The wallet is disconnected from this chain.", true],
  4902: ["chain_unknown", "The wallet does not know this chain yet.", true],
  [-32002]: ["pending", "The wallet is already asking; look for its window.", true],
  [-32601]: ["unsupported", "The wallet does not support this request.", false],
};

/** What a wallet threw, as a ParlourError; some wallets nest the real code in `data.originalError`. */
export function walletError(cause: unknown): ParlourError {
  if (cause instanceof ParlourError) return cause;
  const error = (cause ?? {}) as { code?: unknown; message?: unknown; data?: { originalError?: { code?: unknown } } };
  const code = Number(error.data?.originalError?.code ?? error.code);
  const known = WALLET_ERRORS[code];
  const [reason, message, retryable] = known ?? ["failed", String(error.message ?? "The wallet failed."), false];
  const details = Number.isFinite(code) ? { walletCode: code } : {};
  return new ParlourError({ code: "wallet", reason, message, retryable, details }, { cause });
}
