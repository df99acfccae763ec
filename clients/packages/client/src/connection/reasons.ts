/** Why a server cannot be reached, as one sentence of a ParlourError: what was answered, or what went wrong before. */
import { failure, ParlourError } from "../protocol/errors.js";
import type { ErrorBody } from "../protocol/types.js";

/** Socket.IO's error when no socket could be opened. */
export type ConnectError = Error & {
  /** The server's refusal, where it has spoken. */
  data?: Partial<ErrorBody>;
  /** Of the last transport, which polls by HTTP: the status, or what `fetch` threw. */
  description?: unknown;
  /** The answer of that poll. */
  context?: unknown;
  code?: unknown;
};

/** An answer of `fetch`, or an XMLHttpRequest; Node's keeps its error in `statusText`. */
type Answered = Partial<Response & XMLHttpRequest>;

/** Statuses below 500 that pass by themselves (RFC 9110 section 15.5, RFC 6585 section 4, RFC 8470). */
const PASSING = [408, 425, 429];
export const RETRY_AFTER = "Retry-After";
/** Milliseconds for the body of a refusal. */
const BODY_TIMEOUT = 2_000;
/** Node's codes for what no retry mends: a certificate, no TLS, no HTTP. */
const LASTING = /CERT|SIGNED|TLS|SSL|EPROTO|HPE_/;

/** Return why no socket could be opened. @param url the server's address, for people. */
export async function reasonOf(error: ConnectError, url: string): Promise<ParlourError> {
  const answer = (error.context ?? {}) as Answered;
  const { status } = answer;
  if (status && error.description === status) {
    // Read at once: Socket.IO aborts the request as soon as it has told of it.
    const pause = answer.headers?.get(RETRY_AFTER) ?? answer.getResponseHeader?.(RETRY_AFTER);
    return answerError(url, status, await bodyOf(answer), pause);
  }
  if (error.code === "parser error") return noServer(url, "what answers does not speak Socket.IO");
  return networkError(url, error.description instanceof Error ? error.description : (answer.statusText ?? error));
}

/**
 * Return what an HTTP answer means that was not the one asked for: a Parlour server's `error`, or another program's.
 * `pause` is its `Retry-After`, in seconds.
 */
export function answerError(url: string, status: number, body: unknown, pause?: string | null): ParlourError {
  const error = (body as { error?: ErrorBody } | null)?.error;
  if (error?.code) return new ParlourError(error);
  if (status >= 500 || PASSING.includes(status)) {
    const message = `Something before the server at ${url} answered ${status}: the server is away or full.`;
    const retryAfter = Number(pause) * 1_000;
    const body = { code: "unavailable", reason: "http", message, retryable: true };
    return new ParlourError(retryAfter > 0 ? { ...body, retryAfter } : body);
  }
  const code = { 401: "unauthorized", 403: "forbidden", 407: "unauthorized" }[status];
  return noServer(url, `${status < 300 ? "no JSON" : status} was answered`, code);
}

/** Return what an exception of a request means. */
export function networkError(url: string, thrown: unknown): ParlourError {
  const { cause = thrown } = (thrown ?? {}) as { cause?: unknown };
  const { code, message } = (cause ?? {}) as { code?: string; message?: string };
  const page = typeof location === "undefined" ? "" : ", or what answers there takes no pages of this origin";
  const text = `${url} cannot be reached: ${message ?? "no answer"}${page}.`;
  return new ParlourError(
    { code: "unavailable", reason: "network", message: text, retryable: !LASTING.test(String(code)) },
    { cause },
  );
}

/** Whether something else answers in the server's place: for a while perhaps, as in a deployment. */
export function isForeign(error: unknown): boolean {
  return error instanceof ParlourError && error.reason === "unreachable";
}

/** Make the error for an address where something else answers. */
export function noServer(url: string, why: string, code = "unavailable"): ParlourError {
  const message = `There is no Parlour server at ${url}: ${why}.`;
  return failure(code, "unreachable", message);
}

/** Read the JSON of a refusal; null where it is none, or does not come. */
async function bodyOf(answer: Answered): Promise<unknown> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, BODY_TIMEOUT, ""));
  try {
    return JSON.parse(answer.responseText ?? (await Promise.race([answer.text!(), late])));
  } catch {
    return null;
  }
}
