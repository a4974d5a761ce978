// The files of a link: listed, downloaded, and put there where that is allowed.

import { template } from "./elements.js";
import { get, page, picked } from "./gate.js";
import { hasFiles } from "./things.js";
import { UploadForm } from "./uploads.js";
import { briefly, size } from "./words.js";

/** What is shared of a folder, or one file alone. */
export class FileList {
  element = template("files");
  #shared;
  #opened;
  #path = "";

  /** opened: a function that returns what the service said last. */
  constructor(shared, opened) {
    this.#shared = shared;
    this.#opened = opened;
    this.#find("more").addEventListener("click", () => this.#load(this.#find("more").dataset.cursor));
    if (opened().permission === "write" && shared.kind === "directory") this.#offerUpload();
    this.#open("");
  }

  #find(name) {
    return this.element.querySelector(`[data-${name}]`);
  }

  get #mayDownload() {
    return this.#opened().permission !== "view";
  }

  async #open(path) {
    this.#path = path;
    this.#find("rows").replaceChildren();
    this.#showTrail();
    const all = this.#find("all");
    all.hidden = !this.#mayDownload || this.#shared.kind !== "directory" || !hasFiles(this.#shared);
    all.href = page("archive.zip", { ...(path && { path }), ...picked(this.#shared.id) });
    this.element.querySelector(".upload")?.toggleAttribute("hidden", this.#shared.isTree === true && !path); // no folder lies there
    await this.#load(null);
  }

  async #load(cursor) {
    const said = this.#find("said");
    const path = this.#path;
    said.textContent = "Loading…";
    try {
      const folder = path.split("/").map(encodeURIComponent).join("/");
      const parameters = { ...(cursor && { cursor }), ...picked(this.#shared.id) };
      const { entries, next_cursor: next } = await get(folder ? `files/${folder}` : "files", this.#opened().key, parameters);
      if (path !== this.#path) return; // one has gone on meanwhile
      this.#find("rows").append(...entries.map((entry) => this.#row(entry)));
      this.#find("more").hidden = !next;
      this.#find("more").dataset.cursor = next ?? "";
      said.textContent = this.#find("rows").children.length ? "" : "This folder is empty.";
    } catch (problem) {
      said.textContent = problem.message;
    }
  }

  #row(entry) {
    const row = template("file");
    const isFolder = entry.kind === "directory";
    const [name, download] = [row.querySelector("[data-file-name]"), row.querySelector("[data-download]")];
    const address = page(`files/${entry.path.split("/").map(encodeURIComponent).join("/")}`, picked(this.#shared.id));
    row.classList.toggle("folder", isFolder);
    row.querySelector("[data-file-size]").textContent = isFolder ? "" : size(entry.size);
    if (entry.modified) {
      const date = row.querySelector("time");
      date.dateTime = entry.modified;
      date.textContent = briefly(new Date(entry.modified));
    }
    name.append(isFolder ? this.#folderButton(entry) : this.#mayDownload ? fileLink(entry, address) : entry.name);
    download.hidden = isFolder || !this.#mayDownload;
    download.href = address;
    download.download = entry.name;
    download.ariaLabel = download.title = `Download ${entry.name}`;
    return row;
  }

  #folderButton({ name, path }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = name;
    button.addEventListener("click", () => this.#open(path));
    return button;
  }

  /** Where one is, and the way back. */
  #showTrail() {
    const parts = this.#path.split("/").filter(Boolean);
    const trail = this.#find("trail");
    trail.hidden = !parts.length;
    const steps = [{ name: this.#shared.name, path: "" }, ...parts.map((name, index) => ({ name, path: parts.slice(0, index + 1).join("/") }))];
    trail.querySelector("ol").replaceChildren(
      ...steps.map((step, index) => {
        const item = document.createElement("li");
        if (index < steps.length - 1) item.append(this.#folderButton(step));
        else item.textContent = step.name;
        return item;
      }),
    );
  }

  #offerUpload() {
    const form = new UploadForm({
      address: (name) => page(`files/${[...this.#path.split("/").filter(Boolean), name].map(encodeURIComponent).join("/")}`, picked(this.#shared.id)),
      key: () => this.#opened().key,
      onDone: () => this.#open(this.#path),
    });
    this.element.append(form.element);
  }
}

function fileLink({ name }, address) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.textContent = name;
  return link;
}
