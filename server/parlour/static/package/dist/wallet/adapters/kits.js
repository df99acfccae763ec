import { formatSignInMessage } from "../../auth/siwe.js";
import { ParlourError } from "../../protocol/errors.js";
import { checksumAddress } from "../address.js";
/** What kits ask one after the other: a nonce, the message with it, and whether its signature opens a session. */
class SignIn {
    #session;
    #said;
    constructor(session) {
        this.#session = session;
    }
    getNonce = async () => (this.#said = await this.#session.nonce()).nonce;
    /** Return what is signed: a chain that the server does not take is replaced by its first. */
    message = ({ nonce, address, chainId }) => {
        if (this.#said?.nonce !== nonce)
            throw new RangeError("This nonce is not the one that was asked for last.");
        const { chainIds } = this.#said;
        const chain = chainIds.includes(chainId) ? chainId : (chainIds[0] ?? chainId);
        return { ...this.#said, address: checksumAddress(address), chainId: chain };
    };
    createMessage = (asked) => formatSignInMessage(this.message(asked));
    /** Open a session; false where the server refuses. @throws ParlourError where it cannot be asked */
    verify = async ({ message, signature }) => {
        try {
            await this.#session.verify({ message, signature });
            return true;
        }
        catch (error) {
            if (error instanceof ParlourError && !error.retryable)
                return false;
            throw error;
        }
    };
}
/** Make what RainbowKit's `createAuthenticationAdapter` takes. */
export function rainbowKitAuth(session) {
    const { getNonce, createMessage, verify } = new SignIn(session);
    return { getNonce, createMessage, verify, signOut: () => session.signOut() };
}
/** Make a ConnectKit `SIWEConfig`. */
export function connectKitSiwe(session) {
    const { getNonce, createMessage, verify } = new SignIn(session);
    return {
        getNonce,
        createMessage,
        verifyMessage: verify,
        async getSession() {
            const now = session.session.get();
            return now && { address: now.address, chainId: Number(now.chainId) };
        },
        async signOut() {
            await session.signOut();
            return true;
        },
    };
}
/** Make the SIWX configuration of Reown's AppKit, for chains of the EVM. */
export function reownSiwx(session) {
    const { getNonce, message, verify } = new SignIn(session);
    const addSession = async (signed) => {
        if (!(await verify(signed)))
            throw new Error("The server did not accept this signature.");
    };
    return {
        async createMessage({ accountAddress, chainId }) {
            const chain = Number(/^eip155:(\d+)$/.exec(chainId)?.[1]);
            if (!chain)
                throw new RangeError(`${chainId} is no chain of the EVM.`);
            const asked = { nonce: await getNonce(), address: accountAddress, chainId: chain };
            const said = message(asked);
            const { domain, uri, version, nonce, statement, issuedAt, expirationTime } = said;
            const data = { accountAddress, chainId, domain, uri, version, nonce, issuedAt };
            if (statement)
                data.statement = statement;
            if (expirationTime)
                data.expirationTime = expirationTime;
            return { ...data, toString: () => formatSignInMessage(said) };
        },
        addSession,
        async setSessions(signed) {
            const last = signed.at(-1);
            if (last)
                await addSession(last);
            else
                await session.signOut();
        },
        revokeSession: () => session.signOut(),
        async getSessions(chainId, address) {
            const now = session.session.get();
            if (now?.address.toLowerCase() !== address.toLowerCase())
                return [];
            const data = { accountAddress: now.address, chainId, domain: "", uri: "", version: "1", nonce: "" };
            return [{ data, message: "", signature: "" }]; // that there is one is all that AppKit asks
        },
    };
}
