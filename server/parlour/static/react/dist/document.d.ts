import type { Room } from "@parlour/client";
import { DocumentProvider, type SharedMap } from "@parlour/client/document";
interface Facts {
    /** Everything the server had at the last join is here. */
    synced: boolean;
    /** This account may edit, as far as is known. */
    write: boolean;
    /** Every edit made here is durable on the server. */
    saved: boolean;
}
export interface OpenDocument extends Facts, Pick<DocumentProvider, "doc" | "awareness"> {
    provider: DocumentProvider;
}
/** Return a room's Yjs document, kept in step while this component is shown; components of one room share it. */
export declare function useDocument(given?: Room): OpenDocument;
/** Return a map of a room's document as a plain object, and the map, whose `set` and `delete` change it. */
export declare function useShared<Values extends object = Record<string, unknown>>(name: string, given?: Room): [Partial<Values>, SharedMap<Values>];
export {};
