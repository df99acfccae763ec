export * from "./types/session.js";
