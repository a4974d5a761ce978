// Putting a file into a storage root in parts; what broke off goes on where it was.

import { operation, Problem, ROOT } from "./sharer.js";

const PART = 8 * 1024 * 1024; // bytes
const TRIES = 5;
const PAUSE = 1500; // milliseconds
const TOKEN = document.querySelector("meta[name=csrf]").content;

/** Send a file to {project_id, root, path}; onProgress hears how much has gone, 0 to 1. Throws Problem. */
export async function putIntoRoot(file, target, onProgress) {
  const begun = await operation("root.upload", target);
  if (file.size > begun.max_bytes) throw new Problem(413, { detail: `The file is too large: at most ${begun.max_bytes.toLocaleString("en")} bytes.` });
  const address = `${ROOT}/page/upload${new URL(begun.upload_url).search}`;
  let [offset, left] = [0, TRIES];
  for (;;) {
    const end = Math.min(file.size, offset + PART);
    try {
      await send(address, file.slice(offset, end), offset, end === file.size, (sent) => onProgress((offset + sent) / (file.size || 1)));
      if (end === file.size) return;
      [offset, left] = [end, TRIES];
    } catch (problem) {
      if (problem.status || --left === 0) throw problem; // refused: not to be tried again
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      offset = (await offsetAt(address)) ?? offset;
    }
  }
}

async function offsetAt(address) {
  const response = await fetch(address, { method: "HEAD", headers: { "X-CSRF-Token": TOKEN } }).catch(() => null);
  return response?.ok ? Number(response.headers.get("Upload-Offset")) : null;
}

/** Only XMLHttpRequest tells how much of a body has gone. */
function send(address, part, offset, isLast, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PATCH", address);
    request.setRequestHeader("X-CSRF-Token", TOKEN);
    request.setRequestHeader("Content-Type", "application/partial-upload");
    request.setRequestHeader("Upload-Offset", offset);
    request.setRequestHeader("Upload-Complete", isLast ? "?1" : "?0");
    request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
    request.addEventListener("load", () => (request.status < 300 ? resolve() : reject(new Problem(request.status, documentOf(request.responseText)))));
    request.addEventListener("error", () => reject(new Problem(0, { code: "offline", detail: "The service cannot be reached. Check your connection." })));
    request.send(part);
  });
}

function documentOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
