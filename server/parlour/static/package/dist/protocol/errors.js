/**
 * Every error of this SDK. `code` is one of the server's (`forbidden`, `illegal`, …, or the sign-in rule that failed) or,
 * for what goes wrong before the server is asked: `wallet` (the reason says how) and `unavailable` (no connection).
 */
export class ParlourError extends Error {
    name = "ParlourError";
    code;
    reason;
    /** Whether the same request may succeed later. */
    retryable;
    /** Milliseconds until a retry may help. */
    retryAfter;
    details;
    constructor(body, options) {
        super(body.message, options);
        this.code = body.code;
        this.reason = body.reason;
        this.retryable = body.retryable;
        this.retryAfter = body.retryAfter;
        this.details = body.details;
    }
}
/** Whether this is an error of the SDK, with this `code` where one is named: `isParlourError(error, "illegal")`. */
export function isParlourError(error, code) {
    return error instanceof ParlourError && (code === undefined || error.code === code);
}
/** Make an error that no retry mends, unless `retryable`. */
export function failure(code, reason, message, retryable = false) {
    return new ParlourError({ code, reason, message, retryable });
}
/** Outside a browser there is no page whose server could be meant. */
export function missingUrl() {
    const message = "Name the server: outside a browser there is no page to take the url from.";
    return failure("invalid", "url", message);
}
const REJECTED = ["rejected", "The request was declined in the wallet.", true];
/** The codes wallets use: EIP-1193, EIP-1474, CAIP-25 and WalletConnect (5000, 5002), and ethers' word. */
const WALLET_ERRORS = {
    4001: REJECTED,
    5000: REJECTED,
    5002: REJECTED,
    ACTION_REJECTED: REJECTED,
    [-32000]: REJECTED,
    4100: ["unauthorized", "The wallet has not authorised this account for this site.", true],
    4200: ["unsupported", "The wallet does not support this request.", false],
    4900: ["disconnected", "The wallet is disconnected from every chain.", true],
    4901: ["chain_disconnected", "The wallet is disconnected from this chain.", true],
    4902: ["chain_unknown", "The wallet does not know this chain yet.", true],
    [-32002]: ["pending", "The wallet is already asking; look for its window.", true],
    [-32601]: ["unsupported", "The wallet does not support this request.", false],
};
/** What a node says under -32000, which wallets pass on; by itself the code means that the person declined. */
const OF_NODE = /funds|gas|nonce|revert|underpriced|known/i;
/** How deep a wallet's real error is looked for: providers wrap each other. */
const DEEPEST = 4;
/** What a wallet threw, as a ParlourError; the innermost code that is known counts. */
export function walletError(cause) {
    if (cause instanceof ParlourError)
        return cause;
    const { message: said = "The wallet failed." } = (cause ?? {});
    const codes = codesIn(cause).filter((code) => code !== -32000 || !OF_NODE.test(String(said)));
    const code = codes.find((one) => Object.hasOwn(WALLET_ERRORS, one)) ?? codes[0];
    const known = code !== undefined && Object.hasOwn(WALLET_ERRORS, code) ? WALLET_ERRORS[code] : undefined;
    const [reason, message, retryable] = known ?? ["failed", String(said), false];
    const details = code === undefined ? {} : { walletCode: code };
    return new ParlourError({ code: "wallet", reason, message, retryable, details }, { cause });
}
/** A wallet's answer that is none to its request. */
export function oddAnswer(method) {
    const message = `The wallet's answer to ${method} is not what EIP-1193 asks for.`;
    return failure("wallet", "answer", message);
}
/** The codes of an error and of those inside it, the innermost first. */
function codesIn(error, depth = 0) {
    if (typeof error !== "object" || !error || depth > DEEPEST)
        return [];
    const { code, data, cause } = error;
    const inner = [data?.originalError, data, cause].flatMap((one) => codesIn(one, depth + 1));
    return typeof code === "number" || typeof code === "string" ? [...inner, code] : inner;
}
