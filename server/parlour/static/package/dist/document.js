/** The entry `@parlour/client/document`: documents for editors that know Yjs, which is a peer dependency. */
export { Comments } from "./document/comments.js";
export { shared } from "./document/of-room.js";
export { DocumentProvider } from "./document/provider.js";
export { SharedList, SharedMap } from "./document/shared.js";
export { RESTORED } from "./document/versions.js";
