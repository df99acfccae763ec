import { serverAddress } from "../connection/address.js";
import { answerError, networkError, RETRY_AFTER } from "../connection/reasons.js";

/** Bytes to upload: a `File` of an input, a paste or a drop, or bytes. */
export type Upload = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;

export interface UploadOptions {
  /** What it is called; default: the name of a `File`. */
  name?: string;
  /** Called with what was sent so far, from 0 to 1; in browsers alone. */
  onProgress?: (part: number) => void;
  /** Ends the upload. */
  signal?: AbortSignal;
}

interface Answered {
  status: number;
  reply: unknown;
  retryAfter: string | null;
}

/** POST to /api/`path` of a server. @throws ParlourError when it refuses or cannot be reached. */
export async function postApi<Reply>(
  url: string,
  path: string,
  token: string | undefined,
  body?: Upload,
  options: UploadOptions = {},
): Promise<Reply> {
  const base = url && serverAddress(url).base;
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  if (body) headers["Content-Type"] = "application/octet-stream";
  const watched = options.onProgress && typeof XMLHttpRequest !== "undefined";
  const send = watched ? postWatched : postOnce;
  const answer = await send(`${base}/api/${path}`, headers, body, options).catch((thrown: unknown) => {
    if (options.signal?.aborted) throw thrown;
    throw networkError(base, thrown);
  });
  if (answer.status < 300) return answer.reply as Reply;
  throw answerError(base, answer.status, answer.reply, answer.retryAfter);
}

async function postOnce(
  url: string,
  headers: Record<string, string>,
  body: Upload | undefined,
  { signal }: UploadOptions,
): Promise<Answered> {
  const answer = await fetch(url, { method: "POST", headers, ...(body && { body }), ...(signal && { signal }) });
  const reply: unknown = await answer.json().catch(() => null);
  return { status: answer.status, reply, retryAfter: answer.headers.get(RETRY_AFTER) };
}

/** As `postOnce`, by the one API of browsers that tells how far an upload is. */
function postWatched(
  url: string,
  headers: Record<string, string>,
  body: Upload | undefined,
  { signal, onProgress }: UploadOptions,
): Promise<Answered> {
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total ? loaded / total : 0);
    request.onload = () => {
      const retryAfter = request.getResponseHeader(RETRY_AFTER);
      resolve({ status: request.status, reply: request.response as unknown, retryAfter });
    };
    request.onerror = () => reject(new TypeError("The upload failed."));
    request.onabort = () => reject(signal?.reason ?? new DOMException("The upload was ended.", "AbortError"));
    if (signal?.aborted) return request.onabort(new ProgressEvent("abort"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body ?? null);
  });
}
