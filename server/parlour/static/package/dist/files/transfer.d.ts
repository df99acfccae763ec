/** Bytes to upload: a `File` of an input, a paste or a drop, or bytes. */
export type Upload = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;
export interface UploadOptions {
    /** What it is called; default: the name of a `File`. */
    name?: string;
    /** Called with what was sent so far, from 0 to 1; in browsers alone. */
    onProgress?: (part: number) => void;
    /** Ends the upload. */
    signal?: AbortSignal;
}
/** POST to /api/`path` of a server. @throws ParlourError when it refuses or cannot be reached. */
export declare function postApi<Reply>(url: string, path: string, token: string | undefined, body?: Upload, options?: UploadOptions): Promise<Reply>;
