// Of which time a collection is shown: a slider through the times that its items have.

const SETTLED = 250; // milliseconds after which the tiles of a time are loaded
const MIDNIGHT = "00:00:00";

export class TimeSlider {
  #row;
  #input;
  #times = []; // null, all of them, and then each
  #wanted; // a time of an address, until the times are known
  #show;
  #timer = 0;

  /**
   * row: the slider with its label, hidden until there are times. wanted: the time to begin with. show(time): a time
   * was chosen; null is all of them.
   */
  constructor(row, wanted, show) {
    this.#wanted = wanted;
    this.#show = show;
    this.#row = row;
    this.#input = row.querySelector("input");
    this.#input.addEventListener("input", () => {
      this.#say();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => show(this.chosen), SETTLED);
    });
  }

  /** Hear of a layer's times, in order. */
  tell(times) {
    if (!times?.length) return;
    const wanted = this.chosen;
    this.#times = [null, ...new Set([...this.#times.slice(1), ...times].sort())];
    this.#row.hidden = false;
    this.#input.max = this.#times.length - 1;
    this.#wanted = null;
    this.#set(wanted);
  }

  /** Show a time, as an address has it; all of them where there is no such time. */
  choose(time) {
    if (time === this.chosen) return;
    if (!this.#times.length) this.#wanted = time;
    else {
      this.#set(time);
      this.#show(this.chosen);
    }
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** The time that is shown; null is all of them. */
  get chosen() {
    return this.#wanted ?? this.#times[this.#input.valueAsNumber] ?? null;
  }

  #set(time) {
    this.#input.value = Math.max(0, this.#times.indexOf(time));
    this.#say();
  }

  #say() {
    const text = this.chosen === null ? "All" : timeText(this.chosen);
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
