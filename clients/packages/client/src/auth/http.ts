import { missingUrl, ParlourError, unavailable } from "../protocol/errors.js";
import type { ErrorBody } from "../protocol/types.js";

interface Call {
  method: "GET" | "POST";
  body?: object;
  token?: string;
}

/** Call /auth/`path` of a server. @throws ParlourError when it refuses or cannot be reached. */
export async function callAuth<Reply>(url: string, path: string, { method, body, token }: Call): Promise<Reply> {
  const headers: Record<string, string> = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  const init: RequestInit = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const answer = await fetch(`${url.replace(/\/$/, "")}/auth/${path}`, init).catch(() => {
    const unnamed = !url && typeof location === "undefined";
    throw unnamed ? missingUrl() : unavailable("network", "The server cannot be reached.");
  });
  if (answer.status === 204) return undefined as Reply;
  const reply = (await answer.json().catch(() => null)) as { error?: ErrorBody } | null;
  if (answer.ok && reply) return reply as Reply;
  throw reply?.error ? new ParlourError(reply.error) : unavailable("http", `The server answered ${answer.status}.`);
}
