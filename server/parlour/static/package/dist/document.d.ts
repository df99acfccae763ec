/** The entry `@parlour/client/document`: documents for editors that know Yjs, which is a peer dependency. */
export { Comments, type Comment, type Place, type Remark } from "./document/comments.js";
export { shared } from "./document/of-room.js";
export type { DocumentEvents, DocumentOptions } from "./document/options.js";
export { DocumentProvider } from "./document/provider.js";
export { SharedList, SharedMap, type JsonValue } from "./document/shared.js";
export { RESTORED } from "./document/versions.js";
