// What all of the sharer's pages need: calling operations with the session's token, and saying what came of it.

const meta = (name) => document.querySelector(`meta[name=${name}]`).content;

/** What stands before every path of ours. */
export const ROOT = meta("root");
const HEADERS = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": meta("csrf"), "X-Requested-With": "fetch" };
const SIGNED_OUT = 401;

/** A problem document (RFC 9457) that the service answered. */
export class Problem extends Error {
  constructor(status, { code = "unknown", detail = "Something went wrong.", field = null } = {}) {
    super(detail);
    Object.assign(this, { status, code, field });
  }
}

/** Call an operation as who signed in; return its answer. Throws Problem; who is signed out is led to the sign-in. */
export async function operation(id, body = {}) {
  const response = await answer(id, body);
  return response.headers.get("Content-Type")?.includes("json") ? response.json() : response.text();
}

/** Call an operation that answers a picture; return that, null for an empty one. Throws as `operation`. */
export async function picture(id, body) {
  const blob = await (await answer(id, body)).blob();
  return blob.size ? blob : null;
}

async function answer(id, body) {
  let response;
  try {
    response = await fetch(`${ROOT}/page/op/${id}`, { method: "POST", headers: HEADERS, body: JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw new Problem(0, { code: "offline", detail: "The service cannot be reached. Check your connection." });
  }
  if (response.ok) return response;
  const problem = new Problem(response.status, await response.json().catch(() => ({})));
  if (response.status === SIGNED_OUT && problem.code === "unauthenticated") {
    location.assign(`${ROOT}/sign-in?why=ended&next=${encodeURIComponent(location.pathname.slice(ROOT.length) + location.search)}`);
  }
  throw problem;
}

/** Say something in the corner, also to who only hears the page. */
export function say(text) {
  const toast = document.querySelector("[data-toast]");
  toast.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (toast.textContent = ""), 8000);
}

/** Copy a text, and say so. */
export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea"); // without TLS there is no clipboard
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say(what);
}

/** Run what a button does, while it cannot be pressed again; say what goes wrong. */
export async function busily(button, action) {
  button.disabled = true;
  try {
    return await action();
  } catch (problem) {
    say(problem.message);
  } finally {
    button.disabled = false;
  }
}

document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }); // on phones it scrolls

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button.dataset.copy, button.dataset.copied ?? "Copied");
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
});
