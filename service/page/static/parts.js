// Sending a file in parts; what broke off goes on where it was.

const PART = 8 * 1024 * 1024; // bytes
const TRIES = 5;
const PAUSE = 1500; // milliseconds
const OFFLINE = { code: "offline", detail: "The service cannot be reached. Check your connection." };

/**
 * Send a file to where an upload was begun. headers is a function that returns those of now, problem makes an error of
 * a status and a problem document, onProgress hears how much has gone, 0 to 1. Throws what problem makes.
 */
export async function sendParts(file, address, { headers, problem, onProgress }) {
  let [offset, left] = [0, TRIES];
  for (;;) {
    const end = Math.min(file.size, offset + PART);
    const told = { ...headers(), "Content-Type": "application/partial-upload", "Upload-Offset": offset, "Upload-Complete": end === file.size ? "?1" : "?0" };
    try {
      await send(address, file.slice(offset, end), told, problem, (sent) => onProgress((offset + sent) / (file.size || 1)));
      if (end === file.size) return;
      [offset, left] = [end, TRIES];
    } catch (failure) {
      if (failure.status || --left === 0) throw failure; // refused: not to be tried again
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      offset = (await offsetAt(address, headers())) ?? offset;
    }
  }
}

async function offsetAt(address, headers) {
  const response = await fetch(address, { method: "HEAD", headers }).catch(() => null);
  return response?.ok ? Number(response.headers.get("Upload-Offset")) : null;
}

/** Only XMLHttpRequest tells how much of a body has gone. */
function send(address, part, headers, problem, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PATCH", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
    request.addEventListener("load", () => (request.status < 300 ? resolve() : reject(problem(request.status, documentOf(request.responseText)))));
    request.addEventListener("error", () => reject(problem(0, OFFLINE)));
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
