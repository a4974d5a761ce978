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

  endedMessage = "Your access has ended. Enter the password again.";

  /** onOpen is called with what the password opened. */
  constructor(onOpen) {
    this.#onOpen = onOpen;
    this.#form.noValidate = true; // we say what is missing ourselves, where every other error is said
    this.#reveal.hidden = !this.#needsPassword;
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

  /** A link may open without one. */
  get #needsPassword() {
    return this.#input.required;
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
    if (this.#button.disabled || this.#button.ariaBusy === "true") return;
    if (this.#needsPassword && !this.#input.value) return this.#refuse(INCOMPLETE);
    this.#busy(true);
    const opened = await unlock(this.#input.value).catch((problem) => this.#tell(problem));
    this.#busy(false);
    if (opened) this.#onOpen(opened);
  }

  #tell(problem) {
    if (problem.status === 410 || problem.status === 404) location.reload(); // the service's own page says it
    else if (problem.status === 429) this.#wait(problem);
    else this.#refuse(problem.message);
  }

  /** Keep the button from being pressed for as long as the service would say no. It counts down: an alert would nag. */
  #wait({ message, retryAfter }) {
    const end = Date.now() + (retryAfter ?? 10) * 1000;
    const tick = () => {
      const left = end - Date.now();
      this.#button.disabled = left > 0;
      this.#button.firstElementChild.textContent = left > 0 ? `Open in ${countdown(left)}` : "Open";
      if (left > 0) setTimeout(tick, 1000);
    };
    this.#refuse(message);
    tick();
  }

  #refuse(message) {
    this.#say(message);
    this.#input.focus();
    this.#input.select();
  }

  #say(message) {
    this.#error.textContent = message;
    this.#input.ariaInvalid = message ? "true" : null;
  }

  #busy(isBusy) {
    this.#button.ariaBusy = String(isBusy);
    this.#input.readOnly = isBusy;
  }

  #show(isShown) {
    if (!this.#needsPassword) return;
    this.#input.type = isShown ? "text" : "password";
    this.#reveal.setAttribute("aria-pressed", String(isShown));
  }
}
