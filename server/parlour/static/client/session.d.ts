export * from "./package/dist/session.js";
