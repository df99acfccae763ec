import { failure } from "../protocol/errors.js";
/**
 * Take a server's address apart; `ws` is taken as `http`, a slash at the end is left out.
 * @throws ParlourError where it lacks its scheme or its host, or has a bad port.
 */
export function serverAddress(url) {
    try {
        const { protocol, host, pathname } = new URL(url);
        const scheme = /^(?:http|ws)(s?):$/.exec(protocol);
        const [origin, path] = [`http${scheme?.[1]}://${host}`, pathname.replace(/\/+$/, "")];
        if (scheme && host)
            return { base: origin + path, origin, path };
    }
    catch {
        // told below
    }
    const message = `${JSON.stringify(url)} is no address of a server; it begins with http: or https:.`;
    throw failure("invalid", "url", message);
}
