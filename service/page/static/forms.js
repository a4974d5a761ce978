// Forms and buttons that call an operation: data-operation names it, fields or data-body are what it is asked.

import { busily, operation, say } from "./sharer.js";

/** What the fields of a form say, by their names; those left empty are left out. */
function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    if (field.type === "checkbox") {
      if (field.dataset.list !== undefined) body[field.name] = [...(body[field.name] ?? []), ...(field.checked ? [field.value] : [])];
      else body[field.name] = field.checked;
    } else if (field.value !== "") {
      body[field.name] = field.type === "number" ? Number(field.value) : field.type === "datetime-local" ? new Date(field.value).toISOString() : field.value;
    }
  }
  return body;
}

/** Show an answer in a dialog: what is shown once, to be copied. */
function show(dialog, answer) {
  for (const place of dialog.querySelectorAll("[data-answer]")) {
    place.textContent = answer[place.dataset.answer] ?? "";
    const button = dialog.querySelector(`[data-copies=${place.dataset.answer}]`);
    if (button) button.dataset.copy = place.textContent;
  }
  dialog.addEventListener("close", () => location.reload(), { once: true });
  dialog.showModal();
}

async function call(source, body) {
  const answer = await operation(source.dataset.operation, body);
  source.closest("dialog")?.close();
  if (source.dataset.shows) show(document.getElementById(source.dataset.shows), answer);
  else if (source.dataset.says) say(source.dataset.says.replace(/\{(\w+)\}/g, (_, name) => answer[name] ?? ""));
  else location.reload();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.operation) return;
  event.preventDefault();
  const error = form.querySelector("[data-error]");
  busily(form.querySelector("[type=submit]"), async () => {
    if (error) error.textContent = "";
    try {
      await call(form, bodyOf(form));
    } catch (problem) {
      if (!error) throw problem;
      error.textContent = problem.message;
      form.elements[problem.field]?.focus?.();
    }
  });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-body]");
  if (!button) return;
  if (button.dataset.confirm && !window.confirm(button.dataset.confirm)) return;
  busily(button, () => call(button, JSON.parse(button.dataset.body)));
});
