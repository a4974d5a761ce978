// A link that takes files and shows nothing: what was sent in this visit is all that is listed.

import { describe, template } from "./elements.js";
import { here, operation, Problem } from "./gate.js";
import { sendParts } from "./parts.js";
import { size } from "./words.js";

export class DropPage {
  #root = template("drop-page");
  #opened;
  #onLockedOut;
  #sending = Promise.resolve();

  constructor(opened, onLockedOut) {
    this.#onLockedOut = onLockedOut;
    document.body.append(this.#root);
    this.renew(opened);
    const [zone, input] = [this.#find("zone"), this.#root.querySelector("input")];
    input.accept = opened.drop.endings.join();
    input.addEventListener("change", () => {
      this.#take([...input.files]);
      input.value = "";
    });
    for (const kind of ["dragover", "dragleave", "drop"]) {
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.toggle("over", kind === "dragover");
        if (kind === "drop") this.#take([...event.dataTransfer.files]);
      });
    }
    this.#find("name").focus();
  }

  #find(name) {
    return this.#root.querySelector(`[data-${name}]`);
  }

  /** Take a renewed key, and what is taken now. */
  renew(opened) {
    this.#opened = opened;
    describe(this.#root, opened);
    const { endings, max_bytes: most } = opened.drop;
    this.#find("limits").textContent = `Files of ${size(most)} at most${endings.length ? `: ${endings.join(", ")}` : ""}.`;
  }

  remove() {
    this.#root.remove();
  }

  notice() {} // nothing here is loaded again by itself

  reload() {}

  /** One after the other, so that the first ones are there soon; what fails is said and does not hold up the rest. */
  #take(files) {
    for (const file of files) {
      const row = template("dropped");
      row.querySelector("[data-upload-name]").textContent = `${file.name} · ${size(file.size)}`;
      this.#find("uploads").append(row);
      this.#find("sent").hidden = false;
      this.#sending = this.#sending.then(() => this.#send(file, row));
    }
  }

  async #send(file, row) {
    const [progress, state] = [row.querySelector("progress"), row.querySelector("[data-upload-state]")];
    progress.hidden = false;
    try {
      const begun = await operation("share.file.drop", { key: this.#opened.key, name: file.name, size: file.size });
      await sendParts(file, here(begun.upload_url), {
        headers: () => ({ "X-Share-Key": this.#opened.key, "X-Requested-With": "fetch", Accept: "application/json" }),
        problem: (status, document) => new Problem(status, document),
        onProgress: (part) => (progress.value = part),
      });
      state.textContent = "Received";
    } catch (problem) {
      state.textContent = problem.message;
      row.classList.add("failed");
      if (problem.status === 401) this.#onLockedOut(problem);
    } finally {
      progress.hidden = true;
    }
  }
}
