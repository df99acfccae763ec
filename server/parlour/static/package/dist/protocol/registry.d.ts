import type { JsonObject } from "./types.js";
/**
 * The kinds this application knows. Empty here; a file made by `parlour schema ts` fills it in, and then a `kind` of
 * `createRoom`, `joinRoom` and `openRoom` types options, actions and view:
 *
 *     declare module "@parlour/client" {
 *       interface Register { kinds: { poll: { options: {}; actions: { vote: { choice: number } }; view: Poll } } }
 *     }
 */
export interface Register {
}
/** The registered kinds by name; none where nothing is registered. */
export type Kinds = Register extends {
    kinds: infer Registered;
} ? Registered : Record<never, never>;
export type KindName = keyof Kinds & string;
/** What a `kind` of unknown types may be: any name, unless kinds are registered. */
export type OpenKind = [KindName] extends [never] ? string : never;
export type OptionsOf<Kind> = Kind extends {
    options: infer Options;
} ? Options : JsonObject;
export type ViewOf<Kind> = Kind extends {
    view: infer View;
} ? View : unknown;
export type ActionsOf<Kind> = Kind extends {
    actions: infer Actions extends object;
} ? Actions : OpenActions;
/** The actions of a kind whose types are not known. */
export type OpenActions = Record<string, JsonObject>;
