export * from "./package/dist/index.js";
