// Elements that several parts of the page are made of.

import { exactly, fromNow } from "./words.js";

/** A copy of the only element of a template. */
export function template(name) {
  return document.querySelector(`#${name}`).content.cloneNode(true).firstElementChild;
}

/** Fill in a name, a description and an expiry, wherever they are shown. */
export function describe(root, opened) {
  const name = opened.name || opened.target.name;
  document.title = `${name} · Tilegate`;
  root.querySelector("[data-name]").textContent = name;
  root.querySelector("[data-description]").innerHTML = opened.description_html; // sanitized by the service
  const expiry = root.querySelector("[data-expiry]");
  root.querySelector("[data-expiry-fact]").hidden = !opened.expires_at;
  const left = opened.remaining_views;
  root.querySelector("[data-views]").textContent = left === null ? "" : left === 1 ? "1 view left" : `${left} views left`;
  if (!opened.expires_at) return;
  const date = new Date(opened.expires_at);
  expiry.dateTime = opened.expires_at;
  expiry.title = `Expires ${exactly(date)}`;
  expiry.textContent = `Expires ${fromNow(date)}`;
}
