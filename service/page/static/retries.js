// Loading again, by itself, what a busy service had no time for.

const MOST = 3; // before a person is asked
const PAUSE = 3000; // milliseconds

export class Retries {
  #reload;
  #done = 0;
  #timer = 0;

  constructor(reload) {
    this.#reload = reload;
  }

  /** Try again soon; return whether that will be. Many tiles fail at once: they share one attempt. */
  later() {
    if (this.#timer) return true;
    if (this.#done >= MOST) return false;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#done += 1;
      this.#reload();
    }, PAUSE);
    return true;
  }

  /** A person has tried: begin to count anew. */
  reset() {
    this.#done = 0;
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
