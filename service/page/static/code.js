// Opening a link by a code that is sent by e-mail: an address, then the code. The page does not know who is a recipient.

import { operation, unlockByCode } from "./gate.js";
import { countdown } from "./words.js";

const NO_ADDRESS = "Enter an e-mail address.";
const NO_CODE = "Enter the six digits of the code.";
const SIX_DIGITS = /^[0-9]{6}$/;

export class CodeLock {
  #cover = document.querySelector("#cover");
  #ask = new Step("#code-request", "#code-email", "#email-error");
  #redeem = new Step("#code-redeem", "#code", "#code-error");
  #address = "";
  #onOpen;

  endedMessage = "Your access has ended. Ask for a new code.";

  /** Whether the page has such forms. */
  static get isOffered() {
    return Boolean(document.querySelector("#by-code"));
  }

  /** onOpen is called with what the code opened. */
  constructor(onOpen) {
    this.#onOpen = onOpen;
    this.#address = document.querySelector("#code-redeem [name=email]").value;
    this.#ask.onSubmit((address, isValid) => (address && isValid ? this.#request(address) : this.#ask.refuse(NO_ADDRESS)));
    this.#redeem.onSubmit((code) => (SIX_DIGITS.test(code) ? this.#open(code) : this.#redeem.refuse(NO_CODE)));
    document.querySelector("#code-again").addEventListener("click", (event) => {
      event.preventDefault();
      this.#show(this.#ask, this.#redeem);
      this.#ask.focus();
    });
  }

  /** Whether a cookie of an earlier visit may do. */
  get isReturning() {
    return "returning" in this.#cover.dataset;
  }

  open(message = "") {
    delete this.#cover.dataset.returning;
    this.#cover.hidden = false;
    this.#show(this.#ask, this.#redeem);
    this.#ask.focus();
    this.#ask.say(message);
  }

  close() {
    this.#cover.hidden = true;
    this.#redeem.clear();
  }

  async #request(address) {
    const sent = await this.#ask.during(() => operation("share.code.request", { email: address }));
    if (!sent) return;
    this.#address = address;
    document.querySelector("#code-redeem [data-address]").textContent = address;
    this.#show(this.#redeem, this.#ask);
    this.#redeem.clear();
    this.#redeem.focus();
  }

  async #open(code) {
    const opened = await this.#redeem.during(() => unlockByCode(this.#address, code));
    if (opened) this.#onOpen(opened);
  }

  #show(step, other) {
    step.form.hidden = false;
    other.form.hidden = true;
    step.say("");
  }
}

/** A form of one field, with the line that says what is wrong. */
class Step {
  #input;
  #error;
  #button;
  #label;

  constructor(form, input, error) {
    this.form = document.querySelector(form);
    this.form.noValidate = true; // we say what is missing ourselves, where every other error is said
    [this.#input, this.#error] = [document.querySelector(input), document.querySelector(error)];
    this.#button = this.form.querySelector("button[type=submit]");
    this.#label = this.#button.textContent;
    this.#input.addEventListener("input", () => this.say(""));
  }

  onSubmit(listener) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#button.disabled && this.#button.ariaBusy !== "true") listener(this.#input.value.trim(), this.#input.validity.valid);
    });
  }

  focus() {
    this.#input.focus();
  }

  clear() {
    this.#input.value = "";
    this.say("");
  }

  /** Ask for something; return the answer, or say what is wrong and return nothing. */
  async during(asking) {
    this.#busy(true);
    try {
      return await asking();
    } catch (problem) {
      if (problem.status === 410 || problem.status === 404) location.reload(); // the service's own page says it
      else this.#tell(problem);
      return undefined;
    } finally {
      this.#busy(false);
    }
  }

  refuse(message) {
    this.say(message);
    this.#input.focus();
    this.#input.select();
  }

  say(message) {
    this.#error.textContent = message;
    this.#input.ariaInvalid = message ? "true" : null;
  }

  #tell({ status, message, retryAfter }) {
    this.refuse(message);
    if (status === 429) this.#wait(Date.now() + (retryAfter ?? 10) * 1000);
  }

  /** Keep the button from being pressed for as long as the service would say no. */
  #wait(end) {
    const left = end - Date.now();
    this.#button.disabled = left > 0;
    this.#button.firstElementChild.textContent = left > 0 ? `${this.#label} in ${countdown(left)}` : this.#label;
    if (left > 0) setTimeout(() => this.#wait(end), 1000);
  }

  #busy(isBusy) {
    this.#button.ariaBusy = String(isBusy);
    this.#input.readOnly = isBusy;
  }
}
