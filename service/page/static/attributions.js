// Whose the data of a map is, as the layers' TileJSON say.

export class Attributions {
  #place;
  #said = new Map();

  constructor(place) {
    this.#place = place;
  }

  /** Say it, for a layer; each text once. It may be HTML: its words are taken, and nothing of it is run or loaded. */
  add(attribution, layer = this.#said.size) {
    const text = new DOMParser().parseFromString(attribution ?? "", "text/html").body.textContent.trim();
    this.#said.set(layer, text);
    this.#place.textContent = [...new Set(this.#said.values())].filter(Boolean).join(" · ");
  }
}
