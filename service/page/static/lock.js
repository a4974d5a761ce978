// The password form.

import { unlock } from "./gate.js";
import { countdown } from "./words.js";

const INCOMPLETE = "Enter the password.";

export class Lock {
  #cover = document.querySelector("#cover");
  #form = document.querySelector("#lock");
  #input = document.querySelector("#password");
  #reveal = document.querySelector("#reveal");
  #button = document.querySelector("#unlock");
  #error = document.querySelector("#password-error");
  #onOpen;

  /** onOpen is called with what the password opened. */
  constructor(onOpen) {
    this.#onOpen = onOpen;
    this.#form.noValidate = true; // we say what is missing ourselves, where every other error is said
    this.#reveal.hidden = false;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("input", () => this.#say(""));
    this.#reveal.addEventListener("click", () => this.#show(this.#input.type === "password"));
  }

  /** Whether a cookie of an earlier visit may do. */
  get isReturning() {
    return "returning" in this.#cover.dataset;
  }

  open(message = "") {
    delete this.#cover.dataset.returning;
    this.#cover.hidden = false;
    this.#input.focus();
    this.#say(message);
  }

  close() {
    this.#cover.hidden = true;
    this.#input.value = "";
    this.#show(false);
  }

  async #submit() {
    if (this.#button.getAttribute("aria-busy") === "true") return;
    if (!this.#input.value) return this.#refuse(INCOMPLETE);
    this.#busy(true);
    try {
      this.#onOpen(await unlock(this.#input.value));
    } catch (problem) {
      this.#tell(problem);
    } finally {
      this.#busy(false);
    }
  }

  #tell(problem) {
    if (problem.status === 410 || problem.status === 404) location.reload(); // the service's own page says it
    else if (problem.status === 429) this.#wait(problem);
    else this.#refuse(problem.message);
  }

  /** Keep the button from being pressed for as long as the service would say no. */
  #wait({ message, retryAfter }) {
    const end = Date.now() + (retryAfter ?? 10) * 1000;
    this.#button.disabled = true;
    this.#refuse(`${message} Try again in ${countdown(end - Date.now())}.`);
    const timer = setInterval(() => {
      const left = end - Date.now();
      this.#error.textContent = left > 0 ? `${message} Try again in ${countdown(left)}.` : "";
      if (left > 0) return;
      clearInterval(timer);
      this.#button.disabled = false;
      this.#say("");
    }, 1000);
  }

  #refuse(message) {
    this.#say(message);
    this.#input.focus();
    this.#input.select();
  }

  #say(message) {
    if (this.#button.disabled) return;
    this.#error.textContent = message;
    this.#input.ariaInvalid = message ? "true" : null;
  }

  #busy(isBusy) {
    this.#button.setAttribute("aria-busy", String(isBusy));
    this.#input.readOnly = isBusy;
  }

  #show(isShown) {
    this.#input.type = isShown ? "text" : "password";
    this.#reveal.setAttribute("aria-pressed", String(isShown));
  }
}
