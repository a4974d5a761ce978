// The page of one link: answering requests, letters, keys.

import { busily, copy, operation, say } from "./sharer.js";

const ID = document.querySelector("[data-link-id]").dataset.linkId;

for (const form of document.querySelectorAll("[data-answer]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const decision = event.submitter?.value ?? "grant";
    const body = { request_id: form.dataset.answer, decision, answer: form.answer.value };
    if (decision === "grant" && form.hours) body.expires_at = later(Number(form.hours.value));
    send(form, async () => {
      await operation("share.access.resolve", body);
      location.reload();
    });
  });
}

const notify = document.querySelector("[data-notify]");
notify?.addEventListener("submit", (event) => {
  event.preventDefault();
  const recipients = notify.recipients.value.split(/[\s,;]+/).filter(Boolean);
  send(notify, async () => {
    await operation("share.link.notify", { link_id: ID, recipients, message: notify.message.value });
    say("The letters are on their way");
    location.reload();
  });
});

const maker = document.querySelector("[data-new-key]");
maker?.addEventListener("submit", (event) => {
  event.preventDefault();
  send(maker, async () => {
    const origins = maker.origins.value.split(/[\s,;]+/).filter(Boolean);
    const made = await operation("share.key.create", { link_id: ID, label: maker.label.value, allowed_origins: origins });
    const shown = document.querySelector("[data-key-made]");
    shown.querySelector("[data-key-text]").textContent = made.key;
    shown.querySelector("[data-key-tilejson]").textContent = made.tilejson_url;
    shown.querySelector("[data-copy-key]").onclick = () => copy(made.key, "The key is copied");
    shown.querySelector("[data-copy-tilejson]").onclick = () => copy(made.tilejson_url, "The address is copied");
    shown.querySelector("[data-key-embed]").hidden = !made.embed_html;
    shown.querySelector("[data-embed-html]").textContent = made.embed_html;
    shown.querySelector("[data-copy-embed]").onclick = () => copy(made.embed_html, "The frame is copied");
    shown.hidden = false;
    maker.reset();
  });
});

for (const button of document.querySelectorAll("[data-revoke-key]")) {
  button.addEventListener("click", () =>
    busily(button, async () => {
      await operation("share.key.revoke", { key_id: button.dataset.revokeKey });
      location.reload();
    }),
  );
}

/** So many hours after the link would end, or after now. */
function later(hours) {
  const ends = document.querySelector("[data-act=extend]")?.dataset.ends;
  const from = Math.max(Date.now(), ends ? Date.parse(ends) : 0);
  return new Date(from + hours * 3600000).toISOString();
}

async function send(form, action) {
  const buttons = form.querySelectorAll("button");
  const said = form.querySelector("[data-error]");
  said.textContent = "";
  for (const button of buttons) button.disabled = true;
  try {
    await action();
  } catch (problem) {
    said.textContent = problem.message;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}
