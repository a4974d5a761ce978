// Two layers side by side, or two ways of showing one, with a line between them to be moved: left and right of it.

import { template } from "./elements.js";

const STEP = 0.02; // of the width, by an arrow key

export class Tool {
  takesClicks = false;
  #viewer;
  #element = template("compare");
  #bar;
  #sides; // what can be shown: [{name, number, profile}]
  #right = null; // the map over the other one
  #layer = null; // what it shows
  #share = 0.5; // of the width, from the left, where the line is
  #before; // the layers as they were

  constructor(viewer, close) {
    this.#viewer = viewer;
    this.#sides = sidesOf(viewer.things.layers);
    this.#before = viewer.things.layers.map(({ visible, profile }) => ({ visible, profile }));
    this.#bar = this.#element.querySelector("[data-bar]");
    const shown = this.#sides.findIndex(({ number, profile }) => viewer.things.layers[number].visible && profile === viewer.things.layers[number].profile);
    const left = Math.max(0, shown);
    this.#list("left", left, () => this.#showLeft());
    this.#list("right", left === 0 ? 1 : 0, () => this.#showRight());
    this.#element.querySelector("[data-close]").addEventListener("click", close);
    this.#element.addEventListener("keydown", (event) => event.key === "Escape" && close());
    viewer.root.append(this.#element);
    this.#listen();
    this.#showLeft();
    this.#showRight();
    this.#move(middleOf(viewer));
    this.#bar.focus();
  }

  get over() {
    return this.#right && { map: this.#right, share: this.#share, layer: this.#layer };
  }

  remove() {
    this.#viewer.map.canvas.off("move", this.#follow);
    this.#viewer.map.canvas.off("resize", this.#resize);
    this.#right?.remove();
    this.#element.remove();
    this.#before.forEach(({ visible, profile }, number) => this.#viewer.show(number, { visible, profile }));
  }

  #list(side, chosen, choose) {
    const select = this.#element.querySelector(`[data-${side}]`);
    select.append(...this.#sides.map(({ name }, index) => new Option(name, index, false, index === chosen)));
    select.addEventListener("change", choose);
  }

  #chosen(side) {
    return this.#sides[this.#element.querySelector(`[data-${side}]`).selectedIndex];
  }

  /** The map below shows one layer. */
  #showLeft() {
    const { number, profile } = this.#chosen("left");
    this.#viewer.things.layers.forEach((layer, each) => this.#viewer.show(each, { visible: each === number, profile: each === number ? profile : layer.profile }));
  }

  async #showRight() {
    const { number, profile } = this.#chosen("right");
    const layer = this.#viewer.things.layers[number];
    const found = await this.#viewer.load(layer, profile);
    if (!found || !this.#element.isConnected) return;
    this.#right?.remove();
    const place = this.#element.querySelector("[data-over]");
    place.replaceChildren();
    this.#layer = { ...layer, profile, visible: true, opacity: 1 };
    this.#right = this.#viewer.another(place, this.#layer);
    await this.#right.ready;
    this.#right.show(0, found);
    this.#follow();
  }

  #listen() {
    const { canvas } = this.#viewer.map;
    canvas.on("move", this.#follow);
    canvas.on("resize", this.#resize);
    this.#bar.addEventListener("pointerdown", (event) => {
      this.#bar.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.#bar.focus();
    });
    this.#bar.addEventListener("pointermove", (event) => {
      const { left, width } = this.#element.getBoundingClientRect();
      if (this.#bar.hasPointerCapture(event.pointerId)) this.#move((event.clientX - left) / width);
    });
    this.#bar.addEventListener("keydown", ({ key }) => {
      const to = { ArrowLeft: this.#share - STEP, ArrowRight: this.#share + STEP, Home: 0, End: 1 }[key];
      if (to !== undefined) this.#move(to);
    });
  }

  #move(share) {
    this.#share = Math.max(0, Math.min(1, share));
    const percent = `${(this.#share * 100).toFixed(2)}%`;
    this.#bar.style.left = percent;
    this.#bar.setAttribute("aria-valuenow", String(Math.round(this.#share * 100)));
    this.#element.querySelector("[data-over]").style.clipPath = `inset(0 0 0 ${percent})`;
  }

  #follow = () => this.#right?.lookAs(this.#viewer.map.canvas);

  #resize = () => {
    this.#right?.canvas.resize();
    this.#follow();
  };
}

/** The middle of what the panel leaves of the map, as a share of its width. */
function middleOf({ root, padding }) {
  const { left, right } = padding();
  return (left + root.clientWidth - right) / 2 / root.clientWidth;
}

/** Each layer in the way that it is shown; of one alone, each way. */
function sidesOf(layers) {
  if (layers.length > 1) return layers.map(({ name, profile }, number) => ({ name, number, profile }));
  return layers[0].choices.map((profile) => ({ name: profile.label, number: 0, profile }));
}
