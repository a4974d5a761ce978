// What is shared beside a map, or without one: texts, pictures, files.

import { describe, template } from "./elements.js";
import { FileList } from "./files.js";
import { content } from "./gate.js";
import { picture } from "./picture.js";
import { hasFiles } from "./things.js";

const KINDS = { directory: "folder" }; // as people call them

/** All documents of a link, one below the other. */
export class DocumentPage {
  #root = template("documents");
  #opened;
  #parts = [];
  #onLockedOut;

  constructor(opened, { documents }, onLockedOut) {
    this.#opened = opened;
    this.#onLockedOut = onLockedOut;
    document.body.append(this.#root);
    describe(this.#root, opened);
    this.#root.querySelector("[data-kind]").textContent = documents.length > 1 ? `${documents.length} documents` : KINDS[documents[0].kind] ?? documents[0].kind;
    const list = this.#root.querySelector("[data-shared]");
    for (const shared of documents) {
      const part = template("document");
      const name = part.querySelector("[data-document-name]");
      name.textContent = shared.name;
      name.hidden = documents.length < 2;
      list.append(part);
      this.#parts.push({ shared, place: part.querySelector("[data-content]") });
    }
    this.#parts.forEach((part) => this.#fill(part));
    this.#root.querySelector("[data-name]").focus();
  }

  /** Take a renewed key, and look whether a text was changed. */
  renew(opened) {
    this.#opened = opened;
    describe(this.#root, opened);
    this.#parts.filter(({ shared }) => shared.kind === "text").forEach((part) => this.#fill(part));
  }

  remove() {
    this.#root.remove();
  }

  notice() {} // nothing here is loaded again by itself

  reload() {}

  async #fill({ shared, place }) {
    try {
      await fill(place, shared, () => this.#opened);
    } catch (problem) {
      if (problem.status === 401) this.#onLockedOut(problem);
      place.textContent = problem.message;
    }
  }
}

/** One document over the map. */
export class DocumentSheet {
  element = template("sheet");
  #opened;

  constructor(opened) {
    this.#opened = opened;
    this.element.querySelector("[data-close]").addEventListener("click", () => this.element.close());
    this.element.addEventListener("click", ({ target }) => target === this.element && this.element.close());
  }

  open(shared) {
    this.element.querySelector("[data-sheet-name]").textContent = shared.name;
    const place = this.element.querySelector("[data-content]");
    place.replaceChildren();
    this.element.showModal();
    fill(place, shared, this.#opened).catch((problem) => (place.textContent = problem.message));
  }
}

/** Put a document into an element. opened: a function that returns what the service said last. Throws Problem. */
async function fill(place, shared, opened) {
  const shown = await shownOf(shared, opened);
  const isFile = shared.kind === "file" || shared.kind === "directory";
  const files = shared.offers.includes("files") && (isFile || hasFiles(shared)) ? [new FileList(shared, opened).element] : [];
  if (!shown && !files.length) place.textContent = "This has no map, and cannot be looked at here. Ask its owner if you expected one.";
  else place.replaceChildren(...(shown ? [shown] : []), ...files);
}

/** What can be looked at of a document; null where it can only be had. */
async function shownOf({ id, kind }, opened) {
  if (kind !== "text" && kind !== "image") return null;
  const { text, image, name } = await content(opened().key, id);
  if (image) return picture(image, name);
  const prose = document.createElement("div");
  prose.className = "prose reading";
  prose.innerHTML = text.html; // sanitized by the service
  return prose;
}
