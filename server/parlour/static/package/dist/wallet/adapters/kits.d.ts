import type { SessionManager } from "../../auth/session.js";
/** What a kit signs in with: a `SessionManager`. */
export type KitSession = Pick<SessionManager, "nonce" | "verify" | "signOut" | "session">;
interface Asked {
    nonce: string;
    address: string;
    chainId: number;
}
interface Signed {
    message: string;
    signature: string;
}
/** Make what RainbowKit's `createAuthenticationAdapter` takes. */
export declare function rainbowKitAuth(session: KitSession): {
    getNonce(): Promise<string>;
    createMessage(asked: Asked): string;
    verify(signed: Signed): Promise<boolean>;
    signOut(): Promise<void>;
};
/** Make a ConnectKit `SIWEConfig`. */
export declare function connectKitSiwe(session: KitSession): {
    getNonce(): Promise<string>;
    createMessage(asked: Asked): string;
    verifyMessage(signed: Signed): Promise<boolean>;
    getSession(): Promise<{
        address: `0x${string}`;
        chainId: number;
    } | null>;
    signOut(): Promise<boolean>;
};
interface SiwxData<Chain> {
    accountAddress: string;
    /** CAIP-2. */
    chainId: Chain;
    domain: string;
    uri: string;
    version: string;
    nonce: string;
    statement?: string;
    issuedAt?: string;
    expirationTime?: string;
}
interface SiwxSession<Chain> extends Signed {
    data: SiwxData<Chain>;
}
/** Make the SIWX configuration of Reown's AppKit, for chains of the EVM. */
export declare function reownSiwx(session: KitSession): {
    createMessage<Chain extends string>(input: {
        accountAddress: string;
        chainId: Chain;
    }): Promise<SiwxData<Chain> & {
        toString(): string;
    }>;
    addSession(signed: SiwxSession<string>): Promise<void>;
    setSessions(signed: SiwxSession<string>[]): Promise<void>;
    revokeSession(): Promise<void>;
    getSessions<Chain extends string>(chainId: Chain, address: string): Promise<SiwxSession<Chain>[]>;
};
export {};
