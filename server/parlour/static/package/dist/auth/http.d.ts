interface Call {
    method: "GET" | "POST";
    body?: object;
    token?: string;
}
/** Call /auth/`path` of a server. @throws ParlourError when it refuses or cannot be reached. */
export declare function callAuth<Reply>(url: string | undefined, path: string, { method, body, token }: Call): Promise<Reply>;
export {};
