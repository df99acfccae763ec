/** Reads the server's HTTP API as whoever is signed in. */
import { ParlourError, type ErrorBody } from "@parlour/client";
import { sessions } from "../account/session.js";
import { base } from "./base.js";

/** Answer a GET; `path` begins with `/api`. @throws ParlourError as the server refuses, or when it cannot be reached. */
export async function getJson<Answer>(path: string): Promise<Answer> {
  const token = await sessions.token();
  const headers: HeadersInit = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(base + path, { headers }).catch(() => null);
  const said = (await answer?.json().catch(() => null)) as (Answer & { error?: ErrorBody }) | null | undefined;
  if (answer?.ok && said) return said;
  throw new ParlourError(
    said?.error ?? { code: "unavailable", message: "The server did not answer.", retryable: true },
  );
}
