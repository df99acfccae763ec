/** Draw an id of 128 random bits; `crypto.randomUUID` exists in secure contexts only. */
export declare function randomId(): string;
