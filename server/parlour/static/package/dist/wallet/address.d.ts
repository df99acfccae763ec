/** Keccak-256 (the padding of Ethereum, not of FIPS 202): only for checksums, a few bytes at a time. */
export declare function keccak256(input: Uint8Array): Uint8Array;
/** Whether a wallet's answer is a list of addresses. */
export declare function areAddresses(answer: unknown): answer is string[];
/** EIP-55: the capital letters are the checksum. Wallets often answer in lower case. */
export declare function checksumAddress(address: string): string;
