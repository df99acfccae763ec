import { missingUrl, ParlourError, unavailable } from "../protocol/errors.js";
/** Call /auth/`path` of a server. @throws ParlourError when it refuses or cannot be reached. */
export async function callAuth(url, path, { method, body, token }) {
    const headers = {};
    if (body)
        headers["Content-Type"] = "application/json";
    if (token)
        headers.Authorization = `Bearer ${token}`;
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(`${url.replace(/\/$/, "")}/auth/${path}`, init).catch(() => {
        const unnamed = !url && typeof location === "undefined";
        throw unnamed ? missingUrl() : unavailable("network", "The server cannot be reached.");
    });
    if (answer.status === 204)
        return undefined;
    const reply = (await answer.json().catch(() => null));
    if (answer.ok && reply)
        return reply;
    throw reply?.error ? new ParlourError(reply.error) : unavailable("http", `The server answered ${answer.status}.`);
}
