// Making a link: what is shared, a password, an end, limits; then address and password, apart.

import { busily, copy, operation, ROOT, say } from "./sharer.js";
import { putIntoRoot } from "./sharer-upload.js";

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"; // 32, none that looks like another
const HOUR = 3600000; // milliseconds
const MEGABYTE = 1e6;
const form = document.querySelector("[data-new-link]");
const find = (name) => document.querySelector(`[data-${name}]`);

/** Four groups of four letters: 80 random bits. */
function generated() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte, place) => (place && place % 4 === 0 ? "-" : "") + LETTERS[byte % 32]).join("");
}

form.password.value = generated();
find("generate").addEventListener("click", () => (form.password.value = generated()));
form.hours.addEventListener("change", () => {
  find("until").hidden = form.hours.value !== "";
  form.until.required = !find("until").hidden;
});

/** Codes go to recipients; a link that is opened by them alone has no password. */
const opening = () => form.open_with?.value ?? "password";
function showOpening() {
  const isByCode = opening() === "code";
  find("password").hidden = isByCode;
  form.password.disabled = isByCode;
  form.recipients.required = opening() !== "password";
}
form.open_with?.addEventListener("change", showOpening);
showOpening(); // browsers keep what was chosen when a page is loaded again

const chosen = () => form.querySelector("[name=item]:checked")?.value;

function asked() {
  const number = (field, factor = 1) => (field.value ? Math.round(Number(field.value) * factor) : null);
  return {
    target_type: "item",
    target_id: chosen(),
    password: opening() === "code" ? null : form.password.value,
    ...(form.open_with && { open_with: opening() }),
    permission: form.permission.value,
    expires_at: form.hours.value ? new Date(Date.now() + Number(form.hours.value) * HOUR).toISOString() : new Date(form.until.value).toISOString(),
    recipients: form.recipients.value.split(/[\s,;]+/).filter(Boolean),
    max_views: number(form.max_views),
    max_renders: number(form.max_renders),
    max_bytes: number(form.megabytes, MEGABYTE),
    watermark: form.watermark.value.trim() || null,
    ...(form.elements.namedItem("name").value.trim() && { name: form.elements.namedItem("name").value.trim() }),
  };
}

/** What looking at all of it would cost. */
async function showCost() {
  if (!chosen()) return;
  try {
    const { cost } = await operation("share.link.create", { ...asked(), dry_run: true });
    find("cost").textContent = cost.tiles
      ? `Looking at all of it, at every zoom, takes ${cost.tiles.toLocaleString("en")} renders at most; most people look at a small part.`
      : "It has no tiles: only what is sent is counted.";
  } catch (problem) {
    find("cost").textContent = problem.message;
  }
}

form.addEventListener("change", (event) => event.target.name === "item" && showCost());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  make(form.querySelector("[type=submit]"));
});

async function make(button) {
  find("error").textContent = "";
  button.disabled = true;
  try {
    const body = asked();
    show(await operation("share.link.create", body), body);
  } catch (problem) {
    find("error").textContent = problem.message;
  } finally {
    button.disabled = false;
  }
}

function show(made, { password, recipients }) {
  form.hidden = true;
  find("made").hidden = false;
  find("made-url").textContent = made.url;
  find("made-password").textContent = password ?? "";
  for (const part of document.querySelectorAll("[data-with-password]")) part.hidden = password === null;
  find("with-code").hidden = opening() === "password";
  find("made-page").href = `${ROOT}/links/${made.id}`;
  find("copy-url").onclick = () => copy(made.url, "The address is copied");
  find("copy-password").onclick = () => copy(password, "The password is copied");
  list(find("made-warnings"), made.warnings);
  const send = find("send");
  if (send && recipients.length) {
    send.hidden = false;
    send.onclick = () =>
      busily(send, async () => {
        await operation("share.link.notify", { link_id: made.id });
        say("The letters with the address are on their way");
        send.hidden = true;
      });
  }
  document.querySelector("#made-title").focus();
}

function list(element, texts) {
  element.replaceChildren(
    ...texts.map((text) => {
      const row = document.createElement("li");
      row.textContent = text;
      return row;
    }),
  );
}

const drop = find("drop");
drop?.querySelector("[data-file]").addEventListener("change", (event) => event.target.files[0] && take(event.target.files[0]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop?.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
}

/** Store a file, register it, and choose it. */
async function take(file) {
  const { project, root, prefix } = find("folder").selectedOptions[0].dataset;
  const path = prefix ? `${prefix}/${file.name}` : file.name;
  const [progress, state] = [find("progress"), find("upload-state")];
  progress.hidden = false;
  list(find("warnings"), []);
  state.textContent = `${file.name} is sent …`;
  try {
    await putIntoRoot(file, { project_id: project, root, path }, (part) => (progress.value = part));
    state.textContent = `${file.name} is read …`;
    const item = await operation("item.create", { project_id: project, root, path });
    list(find("warnings"), item.warnings);
    state.textContent = `${item.name} is stored and chosen.`;
    choose(item);
  } catch (problem) {
    state.textContent = problem.message;
  } finally {
    progress.hidden = true;
  }
}

function choose({ id, name }) {
  find("none")?.remove();
  const label = document.createElement("label");
  label.className = "item-card";
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "item", value: id, checked: true, required: true });
  const shown = document.createElement("span");
  shown.textContent = name;
  label.append(input, shown);
  find("items").prepend(label);
  showCost();
}

showCost();
