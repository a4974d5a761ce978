// What one sees after unlocking: the map and its panel.

import { Problem, tilejson } from "./gate.js";
import { RasterMap } from "./raster-map.js";
import { snippets } from "./snippets.js";
import { coordinates, exactly, fromNow, recipe } from "./words.js";

const NARROW = matchMedia("(width <= 40rem)");
const MARGIN = 40; // pixels around the raster when all of it is shown
const TERRAIN = "terrain-rgb";

/** Fill in a name, a description and an expiry, wherever they are shown. */
export function describe(root, opened) {
  const name = opened.name || opened.target.name;
  document.title = `${name} · Tilegate`;
  root.querySelector("[data-name]").textContent = name;
  root.querySelector("[data-description]").innerHTML = opened.description_html; // sanitized by the service
  const expiry = root.querySelector("[data-expiry]");
  root.querySelector("[data-expiry-fact]").hidden = !opened.expires_at;
  if (!opened.expires_at) return;
  const date = new Date(opened.expires_at);
  expiry.dateTime = opened.expires_at;
  expiry.title = `Expires ${exactly(date)}`;
  expiry.textContent = `Expires ${fromNow(date)}`;
}

export class Viewer {
  #root;
  #opened;
  #map = null;
  #profile;
  #onLockedOut;

  /** onLockedOut is called when tiles are refused for a reason that coming back with the cookie may mend or explain. */
  constructor(opened, onLockedOut) {
    this.#opened = opened;
    this.#onLockedOut = onLockedOut;
    const shown = document.querySelector("#viewer").content.cloneNode(true);
    this.#root = shown.firstElementChild;
    document.body.append(shown);
    describe(this.#root, opened);
    this.#showViews();
    this.#listen();
    this.#collapse(NARROW.matches);
    this.#listProfiles();
    this.#startMap();
    this.#find("name").focus();
  }

  /** Take a renewed key. */
  renew(opened) {
    this.#opened = opened;
    describe(this.#root, opened);
  }

  remove() {
    this.#map?.remove();
    this.#root.remove();
  }

  notice(text, canRetry = false) {
    this.#find("notice").hidden = !text;
    this.#find("notice-text").textContent = text;
    this.#find("retry").hidden = !canRetry;
  }

  reload() {
    this.notice("");
    this.#map?.reload();
  }

  #find(name) {
    return this.#root.querySelector(`[data-${name}]`);
  }

  #listen() {
    this.#find("toggle").addEventListener("click", () => this.#collapse(!this.#root.querySelector(".panel-body").hidden));
    this.#find("fit").addEventListener("click", () => this.#map?.fit());
    this.#find("retry").addEventListener("click", () => this.reload());
    this.#find("opacity").addEventListener("input", ({ target }) => this.#fade(target.valueAsNumber));
    this.#find("terrain").addEventListener("change", ({ target }) => this.#raise(target));
  }

  #showViews() {
    const left = this.#opened.remaining_views;
    if (left !== null) this.#find("views").textContent = left === 1 ? "1 view left" : `${left} views left`;
  }

  #collapse(isCollapsed) {
    this.#root.querySelector(".panel-body").hidden = isCollapsed;
    this.#find("toggle").setAttribute("aria-expanded", String(!isCollapsed));
    if (isCollapsed) {
      const height = this.#root.querySelector(".panel").offsetHeight;
      this.#root.style.setProperty("--sheet", `${height}px`);
    }
  }

  /** Pictures can be chosen; the terrain encodings are for machines. */
  #listProfiles() {
    const pictures = this.#opened.profiles.filter(({ kind }) => kind !== "terrain");
    const choices = pictures.length ? pictures : this.#opened.profiles;
    this.#profile = choices.find((profile) => profile.is_default) ?? choices[0];
    const list = this.#find("profiles");
    list.hidden = choices.length < 2;
    list.append(...choices.map((profile) => this.#choice(profile)));
    const canRise = this.#opened.profiles.some(({ id }) => id === TERRAIN) && pictures.length > 0;
    this.#find("terrain-row").hidden = !canRise;
  }

  #choice(profile) {
    const choice = document.querySelector("#profile").content.cloneNode(true);
    const input = choice.querySelector("input");
    input.value = profile.id;
    input.checked = profile === this.#profile;
    input.addEventListener("change", () => this.#switchTo(profile));
    choice.querySelector("[data-label]").textContent = profile.label;
    choice.querySelector("[data-about]").textContent = recipe(profile);
    return choice;
  }

  async #startMap() {
    try {
      this.#map = new RasterMap(this.#root.querySelector("#map"), {
        bounds: this.#opened.bounds,
        key: () => this.#opened.key,
        padding: () => this.#padding(),
        onFailure: (error) => this.#explain(error),
        onPointer: (place, zoom) => (this.#find("coordinates").textContent = place ? coordinates(place, zoom) : ""),
      });
      await this.#map.ready;
    } catch {
      this.notice("This browser cannot draw the map: WebGL is not available. The addresses in the panel work elsewhere.");
    }
    await this.#switchTo(this.#profile);
  }

  async #switchTo(profile) {
    this.#profile = profile;
    const found = await this.#load(profile.id, devicePixelRatio > 1 ? 512 : 256);
    if (!found || profile !== this.#profile) return;
    this.#map?.show(found);
    this.#listSnippets({ ...found, tiles: [this.#address("{z}/{x}/{y}.png", profile)] });
  }

  async #raise(toggle) {
    const found = toggle.checked ? await this.#load(TERRAIN, 256) : null;
    this.#map?.raise(found && { ...found, minzoom: this.#terrainMinzoom(found) });
  }

  /** MapLibre takes heights from tiles up to two zooms further out than the picture's, which a link may not share. */
  #terrainMinzoom({ minzoom }) {
    return minzoom > this.#opened.target.minzoom ? minzoom : Math.max(0, minzoom - 2);
  }

  async #load(profile, tilesize) {
    try {
      return await tilejson(this.#opened.key, profile, tilesize);
    } catch (problem) {
      this.#react(problem);
      return null;
    }
  }

  #fade(percent) {
    this.#find("opacity-value").textContent = `${percent} %`;
    if (this.#map) this.#map.opacity = percent / 100;
  }

  #listSnippets(found) {
    const list = this.#find("snippets");
    const open = list.querySelector("[open] [data-title]")?.textContent;
    const texts = snippets({
      name: this.#opened.name || this.#opened.target.name,
      tilejson: found,
      tilejsonUrl: this.#address("tilejson.json", this.#profile),
      previewUrl: this.#address("preview.png", this.#profile, { size: 1024 }),
    });
    list.replaceChildren(...texts.map((text) => snippetOf(text, text.title === open)));
    const until = exactly(new Date(this.#opened.client_key_expires_at));
    this.#find("key-note").textContent = `These hold a key in place of the password. It works until ${until}; pass it on like a password.`;
  }

  /** An address for other clients, under the service's public name and with a key that outlives this page. */
  #address(path, profile, parameters = {}) {
    const query = new URLSearchParams({ key: this.#opened.client_key, ...parameters });
    if (!profile.is_default) query.set("profile", profile.id);
    return `${this.#opened.urls.page}/${path}?${query}`;
  }

  /** Where the panel leaves room. */
  #padding() {
    const { offsetWidth, offsetHeight } = this.#root.querySelector(".panel");
    if (NARROW.matches) return { top: MARGIN, right: 24, bottom: offsetHeight + 48, left: 24 };
    return { top: MARGIN, right: 64, bottom: MARGIN, left: offsetWidth + 16 + MARGIN };
  }

  /** MapLibre gives the body of a failed request as a Blob. */
  async #explain(error) {
    if (error?.status === undefined) return;
    const text = (await error.body?.text().catch(() => "")) ?? "";
    this.#react(new Problem(error.status, text.startsWith("{") ? JSON.parse(text) : {}));
  }

  #react(problem) {
    if (problem.code === "limit_reached") this.notice(problem.message);
    else if (problem.status === 401 || problem.status === 410 || problem.status === 404) this.#onLockedOut(problem);
    else this.notice(problem.message, true);
  }
}

function snippetOf({ title, how, text }, isOpen) {
  const part = document.querySelector("#snippet").content.cloneNode(true);
  part.querySelector("details").open = isOpen;
  part.querySelector("[data-title]").textContent = title;
  part.querySelector("[data-how]").textContent = how;
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
