// Putting files into a shared folder.

import { template } from "./elements.js";
import { size } from "./words.js";

const TAKEN = 412; // Precondition Failed: it was to be a new file

export class UploadForm {
  element = template("upload");
  #address;
  #key;
  #onDone;

  /** address and key are functions: where a file of a name goes, and the key of now. */
  constructor({ address, key, onDone }) {
    this.#address = address;
    this.#key = key;
    this.#onDone = onDone;
    const input = this.element.querySelector("input");
    input.addEventListener("change", async () => {
      await this.#send([...input.files]);
      input.value = "";
    });
    this.element.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.element.classList.add("over");
    });
    this.element.addEventListener("dragleave", () => this.element.classList.remove("over"));
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.element.classList.remove("over");
      this.#send([...event.dataTransfer.files]);
    });
  }

  /** One after the other, so that the first ones are there soon; what fails is said and does not hold up the rest. */
  async #send(files) {
    const rows = files.map((file) => this.#row(file));
    for (const [number, file] of files.entries()) await this.#put(file, rows[number]);
    if (files.length) this.#onDone();
  }

  #row(file) {
    const row = template("uploading");
    row.querySelector("[data-upload-name]").textContent = `${file.name} · ${size(file.size)}`;
    this.element.querySelector("[data-uploads]").append(row);
    return row;
  }

  /** A file of the same name is replaced only where a person says so. */
  async #put(file, row, mayReplace = false) {
    const [progress, state, replace] = ["progress", "[data-upload-state]", "[data-replace]"].map((one) => row.querySelector(one));
    progress.hidden = false;
    replace.hidden = true;
    const { status, problem } = await put(file, this.#address(file.name), this.#key(), mayReplace, (part) => (progress.value = part));
    progress.hidden = true;
    state.textContent = status === TAKEN ? "There is a file of this name already." : (problem ?? "Done");
    row.classList.toggle("failed", Boolean(problem));
    replace.hidden = status !== TAKEN;
    replace.onclick = () => this.#put(file, row, true).then(this.#onDone);
  }
}

/** Send a file; resolve with {status, problem}. Only XMLHttpRequest tells how much of a body has gone. */
function put(file, address, key, mayReplace, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    request.setRequestHeader("X-Share-Key", key);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader(...(mayReplace ? ["Overwrite", "T"] : ["If-None-Match", "*"]));
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total ? loaded / total : 1));
    request.addEventListener("load", () => resolve({ status: request.status, problem: request.status < 300 ? null : detailOf(request.responseText) }));
    request.addEventListener("error", () => resolve({ status: 0, problem: "The service cannot be reached. Check your connection." }));
    request.send(file);
  });
}

function detailOf(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return "This did not work.";
  }
}
