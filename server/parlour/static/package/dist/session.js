/** The entry `@parlour/client/session`, apart because its keys and signatures weigh 18 kB gzipped. */
export { canonicalJson, SessionKey } from "./auth/session-key.js";
