// Of which time a collection is shown: a slider through the times that its items have.

const SETTLED = 250; // milliseconds after which the tiles of a time are loaded
const MIDNIGHT = "00:00:00";

export class TimeSlider {
  #row;
  #input;
  #times = []; // null, all of them, and then each
  #timer = 0;

  /** row: the slider with its label, hidden until there are times. show(time): a time was chosen; null is all of them. */
  constructor(row, show) {
    this.#row = row;
    this.#input = row.querySelector("input");
    this.#input.addEventListener("input", () => {
      this.#say();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => show(this.#chosen), SETTLED);
    });
  }

  /** Hear of a layer's times, in order. */
  tell(times) {
    if (!times?.length) return;
    const chosen = this.#chosen;
    this.#times = [null, ...new Set([...this.#times.slice(1), ...times].sort())];
    this.#row.hidden = false;
    this.#input.max = this.#times.length - 1;
    this.#input.value = Math.max(0, this.#times.indexOf(chosen));
    this.#say();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  get #chosen() {
    return this.#times[this.#input.valueAsNumber] ?? null;
  }

  #say() {
    const text = this.#chosen === null ? "All" : timeText(this.#chosen);
    this.#row.querySelector("output").textContent = text;
    this.#input.setAttribute("aria-valuetext", text);
  }
}

/** "2026-06-01", "2026-06-01 12:30", "2026-06-01 – 2026-06-30": an instant or an interval of RFC 3339, in UTC */
export function timeText(time) {
  return time.split("/").map(instant).join(" – ");
}

function instant(text) {
  if (text === "..") return "…";
  const [day, clock = MIDNIGHT] = text.split(/[T ]/);
  return clock.startsWith(MIDNIGHT) ? day : `${day} ${clock.slice(0, 5)}`;
}
