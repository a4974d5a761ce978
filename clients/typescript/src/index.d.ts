export { Tilegate, type CallOptions, type TilegateOptions } from "./client.js";
export * from "./errors.js";
export type * from "./types.js";
