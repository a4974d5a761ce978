// What the page asks the service. Every address is taken relative to where the page was loaded from.

const PAGE = location.pathname;
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

/** Come back with the cookie, for a fresh key; throws Problem. */
export function resume() {
  return ask(PAGE, { headers: HEADERS });
}

/** Return a profile's TileJSON; throws Problem. */
export function tilejson(key, profile, tilesize) {
  const query = new URLSearchParams({ profile, tilesize });
  return ask(`${PAGE}/tilejson.json?${query}`, { headers: { ...HEADERS, "X-Share-Key": key } });
}

/** How MapLibre shall load something of ours: from here, whatever name the service goes by, with the key of now. */
export function request(address, key) {
  const url = new URL(address, location.href);
  url.searchParams.delete("key");
  const headers = { "X-Requested-With": "fetch", "X-Share-Key": key };
  return { url: location.origin + url.pathname + url.search, headers };
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
