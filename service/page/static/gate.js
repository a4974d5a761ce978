// What the page asks the service. Every address is taken relative to where the page was loaded from.

const [PAGE, ROOT, TOKEN] = location.pathname.match(/^(.*?)\/s\/([\w-]+)/);
const HEADERS = { Accept: "application/json", "X-Requested-With": "fetch" };

/** A problem document (RFC 9457) that the service answered. */
export class Problem extends Error {
  constructor(status, { code = "unknown", detail = "Something went wrong." } = {}, retryAfter = null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter; // seconds
  }
}

/** Give the password; throws Problem. */
export function unlock(password) {
  const headers = { ...HEADERS, "Content-Type": "application/json" };
  return ask(`${PAGE}/unlock`, { method: "POST", headers, body: JSON.stringify({ password }) });
}

/** Give an address and the code that was sent to it; throws Problem. */
export function unlockByCode(email, code) {
  const headers = { ...HEADERS, "Content-Type": "application/json" };
  return ask(`${PAGE}/unlock`, { method: "POST", headers, body: JSON.stringify({ email, code }) });
}

/** Come back with the cookie, for a fresh key; throws Problem. */
export function resume() {
  return ask(PAGE, { headers: HEADERS });
}

/** Return a profile's TileJSON, of one item of what is shared where there is one, and of a time; throws Problem. */
export function tilejson(key, profile, tilesize, item, time = null) {
  return get("tilejson.json", key, { profile, tilesize, ...picked(item, time) });
}

/** Return a text, where a picture is, or what a map shows; throws Problem. */
export function content(key, item) {
  return get("content", key, picked(item));
}

/** Ask for an operation about this link; throws Problem. */
export function operation(id, body) {
  const headers = { ...HEADERS, "Content-Type": "application/json" };
  const text = JSON.stringify({ token: TOKEN, ...body });
  return ask(`${ROOT}/v1/op/${id}`, { method: "POST", headers, body: text });
}

/** Ask for something below the page, with the key and no cookie; throws Problem. */
export function get(path, key, parameters = {}) {
  return ask(page(path, parameters), { headers: { ...HEADERS, "X-Share-Key": key }, credentials: "omit" });
}

/** The address of something below the page, for the cookie. */
export function page(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return `${PAGE}/${path}${query && `?${query}`}`;
}

/** Name one of the things that a link shares, and a time of a collection's; null is what it shares by itself, and all. */
export function picked(item, datetime = null) {
  return { ...(item ? { item } : {}), ...(datetime ? { datetime } : {}) };
}

/** An address that the service told, as it is reached from here, with some of its parameters set anew. */
export function here(address, parameters = {}) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return PAGE + url.pathname.slice(url.pathname.indexOf(TOKEN) + TOKEN.length) + url.search;
}

/** How MapLibre shall load something of ours: from here, whatever name the service goes by, with the key of now. */
export function request(address, key) {
  const url = new URL(address, location.href);
  url.searchParams.delete("key");
  const headers = { "X-Requested-With": "fetch", "X-Share-Key": key };
  return { url: location.origin + url.pathname + url.search, headers, credentials: "omit" };
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Problem(0, { code: "offline", detail: "The service cannot be reached. Check your connection." });
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Problem(response.status, body, Number(response.headers.get("Retry-After")) || null);
  }
  return body;
}
