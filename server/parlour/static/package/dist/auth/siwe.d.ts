export interface SignInMessage {
    domain: string;
    address: string;
    statement?: string | null | undefined;
    uri: string;
    version: "1";
    chainId: number;
    nonce: string;
    issuedAt: string;
    expirationTime?: string | undefined;
    resources?: readonly string[] | undefined;
}
/** The text a wallet signs, EIP-4361. `address` must carry its EIP-55 checksum. */
export declare function formatSignInMessage(message: SignInMessage): string;
