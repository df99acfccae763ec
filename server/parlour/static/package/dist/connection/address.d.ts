/**
 * Take a server's address apart; `ws` is taken as `http`, a slash at the end is left out.
 * @throws ParlourError where it lacks its scheme or its host, or has a bad port.
 */
export declare function serverAddress(url: string): {
    base: string;
    origin: string;
    path: string;
};
