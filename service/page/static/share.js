// The share page: a password opens it, a key keeps it open, and when the link ends the page says so.

import { CodeLock } from "./code.js";
import { DocumentPage } from "./documents.js";
import { DropPage } from "./drops.js";
import { resume } from "./gate.js";
import { Lock } from "./lock.js";
import { thingsOf } from "./things.js";
import { Viewer } from "./viewer.js";

const SOONEST_RENEWAL = 20_000; // milliseconds
const NEXT_RELOAD = 10_000; // milliseconds: tiles that fail right after a renewal will not be mended by another
const LATEST_RENEWAL = 2 ** 31 - 1; // what setTimeout can count

const byCode = CodeLock.isOffered ? new CodeLock(open) : null;
const lock = document.querySelector("#lock") ? new Lock(open) : byCode;
let view = null;
let shown = ""; // what the view was made of, to notice when it changes
let timer = 0;
let renewal = null;
let reloadedAt = 0;

if (lock.isReturning) {
  resume().then(open, (problem) => lock.open(problem.status === 401 ? "" : problem.message));
}
document.addEventListener("visibilitychange", () => {
  if (view && document.visibilityState === "visible") renew();
});

async function open(opened) {
  try {
    const things = await shownOf(opened);
    lock.close();
    show(opened, things);
    renewInTime(opened);
  } catch (problem) {
    lock.open(problem.message);
  }
}

/** What a link shows; one that takes files shows nothing. */
function shownOf(opened) {
  return opened.drop ? { drop: true } : thingsOf(opened);
}

function show(opened, things) {
  view?.remove();
  shown = JSON.stringify(things);
  if (things.drop) view = new DropPage(opened, renewAndReload);
  else view = things.isMap ? new Viewer(opened, things, renewAndReload) : new DocumentPage(opened, things, renewAndReload);
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
    const things = await shownOf(opened);
    if (JSON.stringify(things) === shown) view.renew(opened);
    else show(opened, things); // the owner has changed what the link shares
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
  lock.open(lock.endedMessage);
}
