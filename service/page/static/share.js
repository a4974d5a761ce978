// The share page: a password opens it, a key keeps it open, and when the link ends the page says so.

import { resume } from "./gate.js";
import { Lock } from "./lock.js";
import { Viewer, describe } from "./viewer.js";

const SOONEST_RENEWAL = 20_000; // milliseconds
const NEXT_RELOAD = 10_000; // milliseconds: tiles that fail right after a renewal will not be mended by another
const LATEST_RENEWAL = 2 ** 31 - 1; // what setTimeout can count
const LOCKED_AGAIN = "Your access has ended. Enter the password again.";

const lock = new Lock(open);
let view = null;
let timer = 0;
let renewal = null;
let reloadedAt = 0;

if (lock.isReturning) {
  resume().then(open, (problem) => lock.open(problem.status === 401 ? "" : problem.message));
}
document.addEventListener("visibilitychange", () => {
  if (view && document.visibilityState === "visible") renew();
});

function open(opened) {
  lock.close();
  view = opened.bounds ? new Viewer(opened, renewAndReload) : new FileView(opened);
  renewInTime(opened);
}

/** A key dies with time: fetch the next one when most of its life is over, or see that the link has ended. */
function renewInTime({ key_expires_at: end }) {
  clearTimeout(timer);
  const left = new Date(end) - Date.now();
  timer = setTimeout(renew, Math.min(LATEST_RENEWAL, Math.max(SOONEST_RENEWAL, left * 0.8)));
}

/** Many tiles fail at once: they share one attempt. */
function renew() {
  renewal ??= attemptRenewal().finally(() => (renewal = null));
  return renewal;
}

async function attemptRenewal() {
  try {
    const opened = await resume();
    view.renew(opened);
    renewInTime(opened);
    return true;
  } catch (problem) {
    if (problem.status === 410 || problem.status === 404) location.reload(); // the service's own page says why
    else if (problem.status === 401) lockAgain();
    else view.notice(problem.message, true);
    return false;
  }
}

async function renewAndReload(problem) {
  const isNew = Date.now() - reloadedAt > NEXT_RELOAD;
  if (!isNew) return view.notice(problem.message, true);
  if (await renew()) {
    reloadedAt = Date.now();
    view.reload();
  }
}

function lockAgain() {
  clearTimeout(timer);
  view.remove();
  view = null;
  document.title = "Protected link · Tilegate";
  lock.open(LOCKED_AGAIN);
}

/** What is shown of something that is not a raster. */
class FileView {
  #root;

  constructor(opened) {
    const shown = document.querySelector("#document").content.cloneNode(true);
    this.#root = shown.firstElementChild;
    document.body.append(shown);
    this.#root.querySelector("[data-kind]").textContent = opened.target.kind;
    describe(this.#root, opened);
    this.#root.querySelector("[data-name]").focus();
  }

  renew(opened) {
    describe(this.#root, opened);
  }

  remove() {
    this.#root.remove();
  }

  notice() {} // nothing here depends on the connection
}
