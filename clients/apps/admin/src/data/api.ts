/** Asks the server's HTTP API as whoever is signed in to the console. */
import { ParlourError, type ErrorBody } from "@parlour/client";
import { serverAt } from "@parlour/ui/server";
import { credentials, forgetCredentials } from "./session.js";

/** Where the server is: empty at the root of its host. */
export const base = serverAt(location, "admin/");

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** The role that an answer asked for; undefined where it was no matter of roles. */
export function neededRole(error: ParlourError): string | undefined {
  return error.code === "forbidden" ? /server role (\w+)/.exec(error.message)?.[1] : undefined;
}

/** Headers of a request that a session authorises by itself, without the console's cookie. */
type Own = Record<string, string>;

/** Send one request; `path` begins with `/`. @throws ParlourError as the server refuses, or when it cannot be reached. */
export async function ask<Answer>(path: string, method: Method = "GET", body?: object, own?: Own): Promise<Answer> {
  const answer = await send(path, method, body, undefined, own);
  if (answer.status === 204) return {} as Answer;
  const said = (await answer.json().catch(() => null)) as Answer | null;
  if (said === null) throw noAnswer();
  return said;
}

/** Send one request and return its answer unread. @throws ParlourError as `ask`. */
export async function send(
  path: string,
  method: Method = "GET",
  body?: object,
  signal?: AbortSignal,
  own?: Own,
): Promise<Response> {
  const headers: Record<string, string> = { ...(own ?? (await credentials())) };
  if (body) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, ...(body && { body: JSON.stringify(body) }), ...(signal && { signal }) };
  const answer = await fetch(base + path, init).catch(() => null);
  if (answer?.ok) return answer;
  if (answer?.status === 401) forgetCredentials();
  const said = (await answer?.json().catch(() => null)) as { error?: ErrorBody } | null | undefined;
  throw said?.error ? new ParlourError(said.error) : noAnswer();
}

function noAnswer(): ParlourError {
  return new ParlourError({ code: "unavailable", message: "The server did not answer.", retryable: true });
}

/** Write a path with its query; values that are empty are left out. */
export function pathOf(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(parts.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}
