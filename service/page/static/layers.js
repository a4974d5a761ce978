// The layers of a map in its panel: for one alone its profiles, for several a list.

import { template } from "./elements.js";
import { recipe } from "./words.js";

export class Layers {
  #root;
  #layers;
  #on;

  /** on: {profile(number, profile), fade(number, opacity), reveal(number, isVisible), fit(number)}. */
  constructor(root, layers, on) {
    this.#root = root;
    this.#layers = layers;
    this.#on = on;
    const isAlone = layers.length === 1;
    root.querySelector("[data-layers]").hidden = layers.length < 2;
    root.querySelector("[data-profiles]").hidden = !isAlone || layers[0].choices.length < 2;
    root.querySelector("[data-fade-row]").hidden = !isAlone;
    if (isAlone) this.#listProfiles(layers[0]);
    else root.querySelector("[data-layer-list]").append(...layers.map((layer, number) => this.#row(layer, number)));
  }

  /** The element that says what the colours of a layer mean. */
  legend(number) {
    const rows = this.#root.querySelectorAll("[data-layer-list] > li");
    return (rows[number] ?? this.#root).querySelector("[data-legend]");
  }

  /** Have the panel say how a layer is shown. */
  tell(number, { visible, opacity, profile }) {
    const row = this.#root.querySelectorAll("[data-layer-list] > li")[number];
    if (row) {
      row.querySelector("[data-shown]").checked = visible;
      row.querySelector("select").value = profile.id;
    }
    for (const choice of this.#root.querySelectorAll("[data-profiles] input")) choice.checked = choice.value === profile.id;
    set(row ?? this.#root.querySelector("[data-fade-row]"), opacity);
  }

  #listProfiles(layer) {
    const choices = layer.choices.map((profile) => {
      const choice = template("profile");
      const input = choice.querySelector("input");
      input.value = profile.id;
      input.checked = profile === layer.profile;
      input.addEventListener("change", () => this.#on.profile(0, profile));
      choice.querySelector("[data-label]").textContent = profile.label;
      choice.querySelector("[data-about]").textContent = recipe(profile);
      return choice;
    });
    this.#root.querySelector("[data-profiles]").append(...choices);
    slide(this.#root.querySelector("[data-fade-row]"), layer.opacity, (opacity) => this.#on.fade(0, opacity));
  }

  #row(layer, number) {
    const row = template("layer");
    const find = (name) => row.querySelector(`[data-${name}]`);
    const [shown, more, body] = [find("shown"), find("more"), find("body")];
    row.querySelector("[data-layer-name]").textContent = layer.name;
    body.id = `layer-${number}`;
    more.setAttribute("aria-controls", body.id);
    more.ariaLabel = more.title = `Details of ${layer.name}`;
    more.addEventListener("click", () => {
      body.hidden = !body.hidden;
      more.setAttribute("aria-expanded", String(!body.hidden));
    });
    shown.checked = layer.visible;
    shown.addEventListener("change", () => this.#on.reveal(number, shown.checked));
    this.#listChoices(find("choice-row"), layer, number);
    slide(row, layer.opacity, (opacity) => this.#on.fade(number, opacity));
    find("fit-layer").addEventListener("click", () => this.#on.fit(number));
    return row;
  }

  #listChoices(row, layer, number) {
    row.hidden = layer.choices.length < 2;
    const select = row.querySelector("select");
    select.append(...layer.choices.map(({ id, label }) => new Option(label, id, false, id === layer.profile.id)));
    select.addEventListener("change", () => this.#on.profile(number, layer.choices[select.selectedIndex]));
  }
}

function slide(root, opacity, tell) {
  const input = root.querySelector("[data-opacity]");
  set(root, opacity);
  input.addEventListener("input", () => {
    set(root, input.valueAsNumber / 100);
    tell(input.valueAsNumber / 100);
  });
}

function set(root, opacity) {
  const percent = Math.round(opacity * 100);
  root.querySelector("[data-opacity]").value = percent;
  root.querySelector("[data-opacity-value]").textContent = `${percent} %`;
}
