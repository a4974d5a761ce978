import { Problem, Unreachable, problemFor } from "./errors.js";
import { OPERATIONS } from "./operations.js";

const VERSION = "0.1.0";
const LONGEST_PAUSE = 30; // seconds
const SAID_NO_BEFORE_DOING = [429];
const STILL_RUNS = "idempotency_key_in_use";
const MAY_BE_ASKED_AGAIN = [429, 502, 503, 504];

/**
 * Asks a service, again where nobody answers or waiting helps. What writes is sent with an `Idempotency-Key`, so that asking
 * again makes nothing twice; without an API key, it is asked again only where it was refused for its rate and so was not done.
 */
export class Tilegate {
  /** @type {string | undefined} */
  #apiKey;
  /** @type {typeof globalThis.fetch} */
  #fetch;
  /** @type {number} */
  #retries;
  /** @type {number} */
  #timeout;

  /** @param {import("./client.js").TilegateOptions} options */
  constructor({ url, apiKey, retries = 2, timeout = 60_000, fetch = globalThis.fetch }) {
    this.url = url.replace(/\/+$/, "");
    this.#apiKey = apiKey;
    this.#retries = retries;
    this.#timeout = timeout;
    this.#fetch = fetch;
    for (const id of Object.keys(OPERATIONS)) this.#add(id);
  }

  /**
   * @param {string} id
   * @param {object} [request]
   * @param {import("./client.js").CallOptions} [options]
   * @returns {Promise<unknown>}
   */
  async call(id, request = {}, options = {}) {
    const reads = OPERATIONS[id]?.again ?? false;
    const key = OPERATIONS[id]?.keyed && this.#apiKey ? newKey() : undefined;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#callOnce(id, request, key, options.signal);
      } catch (error) {
        const wait = attempt < this.#retries && !options.signal?.aborted ? pause(error, attempt, reads || key !== undefined) : undefined;
        if (wait === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait * 1000));
      }
    }
  }

  /** Add the method of an operation, and where it answers pages, the one that goes through them.
   * @param {string} id */
  #add(id) {
    const words = id.split(".");
    const name = words.pop() ?? id;
    /** @type {any} */
    let node = this;
    for (const word of words) node = node[word] ??= {};
    const rows = OPERATIONS[id]?.rows;
    node[name] = (/** @type {object} */ request, /** @type {object} */ options) => this.call(id, request, options);
    if (rows) {
      node[`${name}_all`] = (/** @type {object} */ request, /** @type {object} */ options) =>
        this.#pages(id, rows, request, options);
    }
  }

  /**
   * @param {string} id
   * @param {string} rows
   * @param {object} request
   * @param {object} options
   * @returns {AsyncGenerator<unknown, void, undefined>}
   */
  async *#pages(id, rows, request = {}, options = {}) {
    /** @type {string | null | undefined} */
    let cursor;
    while (cursor !== null) {
      const page = /** @type {Record<string, any>} */ (await this.call(id, { ...request, cursor }, options));
      yield* page[rows];
      cursor = page.next_cursor;
    }
  }

  /**
   * @param {string} id
   * @param {object} request
   * @param {string | undefined} key
   * @param {AbortSignal | undefined} signal
   */
  async #callOnce(id, request, key, signal) {
    /** @type {Record<string, string>} */
    const headers = { "Content-Type": "application/json" };
    if (key) headers["Idempotency-Key"] = key;
    if (this.#apiKey) headers["Authorization"] = `Bearer ${this.#apiKey}`;
    if (typeof window === "undefined") headers["User-Agent"] = `tilegate-client-js/${VERSION}`;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.#timeout);
    const onAbort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      const init = { method: "POST", headers, body: JSON.stringify(request), signal: stop.signal };
      const fetch = this.#fetch;
      const response = await fetch(`${this.url}/v1/op/${id}`, { ...init, redirect: "error" });
      return await answerOf(response);
    } catch (error) {
      if (error instanceof Problem || signal?.aborted) throw error;
      throw new Unreachable(`${this.url} does not answer: ${reason(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** @param {Response} response */
async function answerOf(response) {
  const kind = (response.headers.get("Content-Type") ?? "").split(";")[0] ?? "";
  if (!response.ok) throw await problemOf(response, kind);
  if (kind === "application/json") return response.json();
  if (kind.startsWith("text/")) return response.text();
  return new Uint8Array(await response.arrayBuffer());
}

/** @param {Response} response @param {string} kind */
async function problemOf(response, kind) {
  const text = await response.text();
  /** @type {Record<string, any>} */
  let told = {};
  try {
    if (kind === "application/problem+json") told = JSON.parse(text);
  } catch {
    // a proxy's
  }
  const after = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  return problemFor({
    status: response.status,
    code: told.code ?? `http_${response.status}`,
    detail: told.detail ?? "The answer is not Tilegate's: is this the right address?",
    field: told.field,
    requestId: told.request_id,
    retryAfter: Number.isFinite(after) ? after : undefined,
  });
}

/**
 * Return how many seconds to wait before asking again; undefined to give up.
 *
 * @param {unknown} error
 * @param {number} attempt
 * @param {boolean} again
 */
function pause(error, attempt, again) {
  const isProblem = error instanceof Problem;
  const statuses = again ? MAY_BE_ASKED_AGAIN : SAID_NO_BEFORE_DOING;
  const runs = isProblem && error.code === STILL_RUNS && error.retryAfter !== undefined;
  const may = isProblem ? runs || statuses.includes(error.status) : again && error instanceof Unreachable;
  const told = isProblem ? error.retryAfter : undefined;
  if (!may || (told !== undefined && told > LONGEST_PAUSE)) return undefined;
  return told ?? (0.5 + Math.random() / 2) * Math.min(0.25 * 2 ** attempt, LONGEST_PAUSE);
}

/** Return 32 random hexadecimal digits: `crypto.randomUUID` is there on `https` alone. */
function newKey() {
  return [...globalThis.crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
}

/** @param {unknown} error */
function reason(error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
