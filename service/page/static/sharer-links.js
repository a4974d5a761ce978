// What can be done with a link from its row or its page.

import { busily, operation, ROOT, say } from "./sharer.js";

const HOUR = 3600000; // milliseconds
const DONE = { suspend: "is suspended", resume: "is open again" };

document.addEventListener("click", (event) => {
  const qr = event.target.closest("[data-qr]");
  if (qr) showCode(qr.dataset);
  const button = event.target.closest("[data-act]");
  if (button) act(button);
});

// It does not bubble.
document.addEventListener("toggle", ({ target }) => target.matches("[data-row]") && !target.querySelector("button") && fill(target), true);

/** Put into a row's menu what can be done with its link. */
function fill(menu) {
  const { row, name, url, status, ends } = menu.dataset;
  const actions = document.querySelector("#row-actions").content.cloneNode(true);
  for (const button of actions.querySelectorAll("button")) {
    const { copy, qr, act } = button.dataset;
    if (act && status === "revoked") button.remove();
    if (act === "suspend" && status === "suspended") {
      button.dataset.act = "resume";
      button.firstChild.data = "Resume";
    }
    if (act) Object.assign(button.dataset, { link: row, name, ends });
    if (qr !== undefined) Object.assign(button.dataset, { qr: `${ROOT}/links/${row}/qr.svg`, name, url });
    if (copy !== undefined) Object.assign(button.dataset, { copy: url, copied: `The address of ${name} is copied` });
    button.querySelector(".only-heard").append(` ${name}`);
  }
  menu.append(actions);
}

function showCode({ qr, name, url }) {
  const dialog = document.querySelector("#qr");
  dialog.querySelector("[data-qr-name]").textContent = name;
  const picture = dialog.querySelector("[data-qr-picture]");
  picture.src = qr;
  picture.alt = `QR code of the address of ${name}`;
  dialog.querySelector("[data-qr-url]").textContent = url;
  dialog.showModal();
}

function act(button) {
  const { act: what, link, name, ends } = button.dataset;
  if (what in DONE) {
    return busily(button, async () => {
      await operation(`share.link.${what}`, { link_id: link });
      say(`${name} ${DONE[what]}`);
      location.reload();
    });
  }
  const dialog = document.querySelector(`#${what}`);
  dialog.querySelector("[data-named]").textContent = name;
  dialog.querySelector("[data-error]").textContent = "";
  if (what === "extend") prepareExtension(dialog, ends);
  const form = dialog.querySelector("form");
  form.onsubmit = (submitted) => {
    submitted.preventDefault();
    finish(form, () => ACTIONS[what](link, form, ends));
  };
  dialog.showModal();
}

const ACTIONS = {
  extend: (id, form, ends) => operation("share.link.update", { link_id: id, expires_at: endOf(form, ends) }),
  rotate: (id) => operation("share.link.rotate", { link_id: id }),
  revoke: (id, form) => operation("share.link.revoke", { link_id: id, reason: form.reason.value.trim() || null }),
};

async function finish(form, action) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    await action();
    location.reload();
  } catch (problem) {
    form.querySelector("[data-error]").textContent = problem.message;
    button.disabled = false;
  }
}

function prepareExtension(dialog, ends) {
  const form = dialog.querySelector("form");
  const until = form.querySelector("[data-until]");
  dialog.querySelector("[data-ends-now]").textContent = ends ? `Now it ends at ${new Date(ends).toLocaleString()}.` : "Now it has no end.";
  form.preset.onchange = () => {
    until.hidden = form.preset.value !== "";
    form.until.required = !until.hidden;
  };
  form.preset.onchange();
}

/** When it shall end: so much later than now, or than it would. */
function endOf(form, ends) {
  if (form.preset.value === "") return new Date(form.until.value).toISOString();
  const from = Math.max(Date.now(), ends ? Date.parse(ends) : 0);
  return new Date(from + Number(form.preset.value) * HOUR).toISOString();
}
