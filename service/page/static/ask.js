// Asking the owner of a link for access, or for more time.

import { operation } from "./gate.js";

for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

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
