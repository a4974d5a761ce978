// Asking the owner of a link for access, for more time, or to do more.

import { operation } from "./gate.js";

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-ask]")) return;
  event.preventDefault();
  send(event.target);
});

async function send(form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  const { kind, email, name, message } = Object.fromEntries(new FormData(form));
  button.disabled = true;
  try {
    const { detail } = await operation("share.access.request", { kind, email, name, message });
    form.querySelector("[data-fields]").hidden = true;
    said.textContent = detail;
  } catch (problem) {
    said.textContent = problem.message;
  } finally {
    button.disabled = false;
  }
  said.focus();
}
