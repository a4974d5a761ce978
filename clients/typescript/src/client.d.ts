import type { Operations } from "./operations.js";

export interface TilegateOptions {
  /** As in the browser: `https://maps.example.org`. */
  url: string;
  /** Recipients of a link need none. Never put one into a web page. */
  apiKey?: string | undefined;
  /** How often what only reads is asked again where nobody answers or waiting helps; 2 if not given. */
  retries?: number | undefined;
  /** Milliseconds for a call; 60000 if not given. */
  timeout?: number | undefined;
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  /** Ends the call. */
  signal?: AbortSignal | undefined;
}

export interface Tilegate extends Operations {}

/** A service: `await client.share.link.create({…})`. */
export declare class Tilegate {
  constructor(options: TilegateOptions);
  readonly url: string;
  /** Call an operation by its id: one that a newer service has, and this package does not know. */
  call(operationId: string, request?: object, options?: CallOptions): Promise<unknown>;
}
