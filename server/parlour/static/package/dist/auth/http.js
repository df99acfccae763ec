import { serverAddress } from "../connection/address.js";
import { answerError, networkError, RETRY_AFTER } from "../connection/reasons.js";
import { missingUrl } from "../protocol/errors.js";
/** Call /auth/`path` of a server. @throws ParlourError when it refuses or cannot be reached. */
export async function callAuth(url, path, { method, body, token }) {
    const here = typeof location === "undefined" ? "" : location.origin;
    const base = url ? serverAddress(url).base : "";
    const headers = {};
    if (body)
        headers["Content-Type"] = "application/json";
    if (token)
        headers.Authorization = `Bearer ${token}`;
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(`${base}/auth/${path}`, init).catch(async (thrown) => {
        if (!base && !here)
            throw missingUrl();
        throw (here && (await refusedOrigin(base))) || networkError(base || here, thrown);
    });
    if (answer.status === 204)
        return undefined;
    const reply = await answer.json().catch(() => null);
    if (answer.ok && reply)
        return reply;
    throw answerError(base || here, answer.status, reply, answer.headers.get(RETRY_AFTER));
}
/** Ask a server that this page cannot read whether it refuses the page's origin; its sockets say so to every page. */
async function refusedOrigin(base) {
    const answer = await fetch(`${base}/socket.io/?EIO=4&transport=polling`).catch(() => undefined);
    const reply = answer?.status === 403 && (await answer.json().catch(() => undefined));
    return reply && answerError(base, 403, reply);
}
