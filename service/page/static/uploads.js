// Putting files into a shared folder.

import { template } from "./elements.js";
import { size } from "./words.js";

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
    const list = this.element.querySelector("[data-uploads]");
    for (const file of files) {
      const row = template("uploading");
      row.querySelector("[data-upload-name]").textContent = `${file.name} · ${size(file.size)}`;
      list.append(row);
      const problem = await put(file, this.#address(file.name), this.#key(), (part) => (row.querySelector("progress").value = part));
      row.querySelector("progress").hidden = true;
      row.querySelector("[data-upload-state]").textContent = problem ?? "Done";
      row.classList.toggle("failed", Boolean(problem));
    }
    if (files.length) this.#onDone();
  }
}

/** Send a file; resolve with what went wrong, or null. Only XMLHttpRequest tells how much of a body has gone. */
function put(file, address, key, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    request.setRequestHeader("X-Share-Key", key);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total ? loaded / total : 1));
    request.addEventListener("load", () => resolve(request.status < 300 ? null : detailOf(request.responseText)));
    request.addEventListener("error", () => resolve("The service cannot be reached. Check your connection."));
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
