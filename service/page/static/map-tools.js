// The buttons beside a map: what they need is loaded when one of them is pressed.

import { template } from "./elements.js";
import { viewAddress } from "./view-hash.js";

const SAID = 2500; // milliseconds

export class MapTools {
  #viewer;
  #element = template("map-tools");
  #open = null; // the tool that is in use: {name, tool}

  /**
   * viewer: {root, map, things, key(), padding(), words(), notice(text), load(layer, profile), show(number, {visible, profile}),
   * another(place, layer)}; map: a RasterMap, another: one more, that shows one layer.
   */
  constructor(viewer) {
    this.#viewer = viewer;
    const { canvas } = viewer.map;
    this.#button("compare").hidden = !canCompare(viewer.things);
    this.#on("measure", () => this.#toggle("measure", () => import("./measure.js")));
    this.#on("compare", () => this.#toggle("compare", () => import("./compare.js")));
    this.#on("picture", () => this.#save());
    this.#on("link", () => this.#copyLink());
    canvas.addControl({ onAdd: () => this.#element, onRemove: () => this.#element.remove() }, "top-right");
    canvas.addControl(new maplibregl.FullscreenControl({ container: viewer.root }), "top-right");
  }

  /** Whether clicks on the map belong to a tool. */
  get takesClicks() {
    return Boolean(this.#open?.tool?.takesClicks);
  }

  /** The map that lies over the other one, from where, and what it shows: {map, share, layer}; null where none does. */
  get over() {
    return this.#open?.tool?.over ?? null;
  }

  close() {
    this.#open?.tool?.remove();
    if (this.#open) this.#button(this.#open.name).setAttribute("aria-pressed", "false");
    this.#open = null;
  }

  #button(name) {
    return this.#element.querySelector(`[data-${name}]`);
  }

  #on(name, act) {
    this.#button(name).addEventListener("click", act);
  }

  async #toggle(name, load) {
    const wasOpen = this.#open?.name === name;
    this.close();
    if (wasOpen) return;
    const opened = { name, tool: null };
    this.#open = opened;
    this.#button(name).setAttribute("aria-pressed", "true");
    const { Tool } = await load();
    if (this.#open !== opened) return; // pressed again meanwhile
    opened.tool = new Tool(this.#viewer, () => {
      this.close();
      this.#button(name).focus();
    });
  }

  async #save() {
    const button = this.#button("picture");
    button.disabled = true;
    try {
      const { savePicture } = await import("./map-picture.js");
      await savePicture(this.#viewer, this.over);
    } catch {
      this.#viewer.notice("The picture could not be made: this browser did not hand out the map.");
    } finally {
      button.disabled = false;
    }
  }

  async #copyLink() {
    const address = viewAddress(this.#viewer.words());
    const isCopied = await navigator.clipboard.writeText(address).then(() => true, () => false);
    const button = this.#button("link");
    if (!isCopied) prompt("The address of this view:", address); // without TLS there is no clipboard for scripts
    else say(button, "Copied: the address of this view. It opens with the password, as this one did.");
  }
}

function say(button, text) {
  button.dataset.copied = "";
  document.querySelector("#said").textContent = text;
  setTimeout(() => {
    delete button.dataset.copied;
    document.querySelector("#said").textContent = "";
  }, SAID);
}

/** Two layers, or one that can be shown in two ways. */
function canCompare({ layers }) {
  return layers.length > 1 || layers[0]?.choices.length > 1;
}
