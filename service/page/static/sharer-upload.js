// Putting a file into a storage root, in parts.

import { sendParts } from "./parts.js";
import { operation, Problem, ROOT } from "./sharer.js";

const TOKEN = document.querySelector("meta[name=csrf]").content;

/** Send a file to {project_id, root, path}; onProgress hears how much has gone, 0 to 1. Throws Problem. */
export async function putIntoRoot(file, target, onProgress) {
  const begun = await operation("root.upload", target);
  if (file.size > begun.max_bytes) throw new Problem(413, { detail: `The file is too large: at most ${begun.max_bytes.toLocaleString("en")} bytes.` });
  const address = `${ROOT}/page/upload${new URL(begun.upload_url).search}`;
  const problem = (status, document) => new Problem(status, document);
  await sendParts(file, address, { headers: () => ({ "X-CSRF-Token": TOKEN }), problem, onProgress });
}
