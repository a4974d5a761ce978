// The panel's texts for other clients, of one layer at a time.

import { template } from "./elements.js";
import { here } from "./gate.js";
import { datasetSnippets, snippets } from "./snippets.js";
import { exactly } from "./words.js";

export class SnippetList {
  #root;
  #layers;
  #opened;
  #found = new Map(); // the TileJSON of each layer, as far as it is known
  #chosen = 0;

  /** opened: a function that returns what the service said last. */
  constructor(root, layers, opened) {
    this.#root = root;
    this.#layers = layers;
    this.#opened = opened;
    const row = root.querySelector("[data-snippet-layer]");
    row.hidden = layers.length < 2;
    const select = row.querySelector("select");
    select.append(...layers.map(({ name }, number) => new Option(name, number)));
    select.addEventListener("change", () => this.#choose(select.selectedIndex));
  }

  /** Hear of a layer's TileJSON, of the profile that it is shown in. */
  tell(number, tilejson) {
    this.#found.set(number, tilejson);
    if (!this.#found.has(this.#chosen)) this.#choose(number);
    else if (number === this.#chosen) this.#list();
  }

  #choose(number) {
    this.#chosen = number;
    this.#root.querySelector("[data-snippet-layer] select").selectedIndex = number;
    this.#list();
  }

  #list() {
    const list = this.#root.querySelector("[data-snippets]");
    const layer = this.#layers[this.#chosen];
    const open = list.querySelector("[open] [data-title]")?.textContent;
    const texts = layer.profile.kind === "stored" ? this.#ofDataset(layer) : snippets({
      name: this.#layers.length > 1 ? layer.name : this.#opened().name || layer.name,
      tilejson: { ...(this.#found.get(this.#chosen) ?? layer), tiles: [this.#address("{z}/{x}/{y}.png")] },
      tilejsonUrl: this.#address("tilejson.json"),
      previewUrl: this.#address("preview.png", { size: 1024 }),
      files: this.#files(layer),
    });
    list.replaceChildren(...texts.map((text) => snippetOf(text, text.title === open)));
    const until = exactly(new Date(this.#opened().client_key_expires_at));
    const note = `These hold a key in place of the password. It works until ${until}; pass it on like a password.`;
    this.#root.querySelector("[data-key-note]").textContent = note;
  }

  /** What other clients open of an archive of tiles or of features. */
  #ofDataset({ offers }) {
    const addresses = { style: this.#address("style.json"), tilejson: this.#address("tilejson.json"), features: this.#address("features.geojson"), wmts: this.#address("WMTSCapabilities.xml") };
    return datasetSnippets(Object.fromEntries(Object.entries(addresses).filter(([name]) => offers.includes(name))));
  }

  /** What other clients open as a file, where the service has it. */
  #files({ offers }) {
    return {
      wmts: offers.includes("wmts") && this.#address("WMTSCapabilities.xml"),
      qgis: offers.includes("qgis") && this.#address("layer.qlr"),
    };
  }

  /** An address for other clients, under the service's public name and with a key that outlives this page. */
  #address(path, parameters = {}) {
    const { client_key: key, urls } = this.#opened();
    const { id, profile } = this.#layers[this.#chosen];
    const query = new URLSearchParams({ key, ...parameters });
    if (!profile.is_default) query.set("profile", profile.id);
    if (id) query.set("item", id);
    return `${urls.page}/${path}?${query}`;
  }
}

function snippetOf({ title, how, text, download }, isOpen) {
  const part = template("snippet");
  part.open = isOpen;
  part.querySelector("[data-title]").textContent = title;
  part.querySelector("[data-how]").textContent = how;
  const link = part.querySelector("[data-file]");
  link.hidden = !download;
  if (download) {
    link.querySelector("a").textContent = download.title;
    link.querySelector("a").href = here(download.address);
  }
  const code = part.querySelector("[data-text]");
  code.textContent = text;
  const button = part.querySelector("[data-copy]");
  button.ariaLabel = button.title = `Copy for ${title}`;
  button.addEventListener("click", () => copy(code, button));
  return part;
}

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code); // without TLS there is no clipboard for scripts
    document.execCommand("copy");
  }
  button.dataset.copied = "";
  document.querySelector("#said").textContent = "Copied";
  setTimeout(() => {
    delete button.dataset.copied;
    document.querySelector("#said").textContent = "";
  }, 2000);
}
