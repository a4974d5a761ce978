export { Tilegate } from "./client.js";
export * from "./errors.js";
