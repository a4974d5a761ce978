// The editor of an item's profiles: what is set is drawn at once, and stored when it is saved.

import { busily, operation, picture, say } from "./sharer.js";

const PAUSE = 300; // milliseconds without a key, after which it is drawn
const COLOURS = ["red", "green", "blue"];
const SVG = "http://www.w3.org/2000/svg";

const editor = document.querySelector("[data-editor]");
const form = editor.querySelector("[data-profile]");
const chosen = document.querySelector("[data-chosen]");
const shown = editor.querySelector("[data-picture]");
const wrong = editor.querySelector("[data-wrong]");
const ranges = editor.querySelector("[data-ranges]");
const item = editor.dataset.item;
const profiles = JSON.parse(editor.dataset.profiles);
let at = Math.max(0, profiles.findIndex((profile) => profile.is_default));
let measured = []; // statistics of each value, once they were asked for
let latest = 0;
let timer = 0;

/** How many values are stretched: three colours, or one. */
function valueCount() {
  const bands = bandsOf();
  if (form.elements.expression.value.trim()) return form.elements.expression.value.split(";").length;
  return bands.length || (form.elements.kind.value === "rgb" ? 3 : 1);
}

function bandsOf() {
  return form.elements.bands.value.split(/[\s,]+/).filter(Boolean).map(Number);
}

/** What the form says, as a profile. */
function draft() {
  const field = form.elements;
  const stretch = [...ranges.querySelectorAll(".range")].map((range) => [...range.querySelectorAll("input[data-end]")].map((input) => input.value));
  const given = stretch.filter((pair) => pair.every((value) => value !== "")).map((pair) => pair.map(Number));
  const nodata = field.nodata.value.trim();
  return {
    id: field.id.value.trim(),
    label: field.label.value.trim(),
    kind: field.kind.value,
    bands: field.expression.value.trim() ? [] : bandsOf(),
    expression: field.expression.value.trim() || null,
    rescale: given.length === stretch.length ? given : [],
    colormap: field.colormap.value.trim() || null,
    algorithm: field.algorithm.value || null,
    resampling: field.resampling.value,
    nodata: nodata === "" ? null : /^nan$/i.test(nodata) ? "NaN" : Number(nodata),
    is_default: field.is_default.checked,
  };
}

/** Put a profile into the form. */
function fill(profile) {
  const field = form.elements;
  for (const name of ["id", "label", "kind", "resampling"]) field[name].value = profile[name];
  for (const name of ["expression", "colormap", "algorithm", "nodata"]) field[name].value = profile[name] ?? "";
  field.bands.value = profile.bands.join(", ");
  field.is_default.checked = profile.is_default;
  measured = [];
  drawRanges(profile.rescale);
}

function list() {
  chosen.replaceChildren(...profiles.map((profile, index) => new Option(profile.label + (profile.is_default ? " (default)" : ""), index, false, index === at)));
}

/** Fields for the stretch of each value; one range for three colours stays one. */
function drawRanges(rescale) {
  const count = rescale.length || (valueCount() > 1 ? valueCount() : 1);
  ranges.replaceChildren(...Array.from({ length: count }, (_, index) => range(index, count, rescale[index] ?? ["", ""])));
  measured.forEach((band, index) => drawHistogram(ranges.children[index], band));
}

function range(index, count, [low, high]) {
  const box = document.createElement("div");
  box.className = "range";
  const name = count > 1 ? `${COLOURS[index] ?? `value ${index + 1}`}, ` : "";
  for (const [end, value] of [["from", low], ["to", high]]) {
    const input = document.createElement("input");
    Object.assign(input, { type: "number", step: "any", value, placeholder: end });
    input.dataset.end = end;
    input.setAttribute("aria-label", `${name}${end}`);
    box.append(input);
  }
  return box;
}

/** A histogram above a range, with both ends as lines, and sliders to move them. */
function drawHistogram(box, { histogram, name }) {
  if (!box || !histogram.counts.length) return;
  const [least, largest] = [histogram.edges[0], histogram.edges.at(-1)];
  const most = Math.max(...histogram.counts, 1);
  const step = 100 / histogram.counts.length;
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 100 40");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `Histogram of ${name}, from ${least} to ${largest}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", histogram.counts.map((count, index) => `M${index * step} 40V${40 - 38 * Math.sqrt(count / most)}h${step}V40Z`).join(""));
  drawing.append(path);
  const inputs = [...box.querySelectorAll("input[data-end]")];
  for (const input of inputs) {
    const line = document.createElementNS(SVG, "line");
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: least, max: largest, step: (largest - least) / 200 || 1 });
    slider.setAttribute("aria-label", input.getAttribute("aria-label"));
    const place = () => {
      const x = Math.min(100, Math.max(0, ((Number(input.value) - least) / (largest - least || 1)) * 100));
      for (const [attribute, value] of [["x1", x], ["x2", x], ["y1", 0], ["y2", 40]]) line.setAttribute(attribute, value);
      slider.value = input.value;
    };
    slider.addEventListener("input", () => {
      input.value = Number(Number(slider.value).toPrecision(6));
      place();
    });
    input.addEventListener("input", place);
    place();
    drawing.append(line);
    box.append(slider);
  }
  box.prepend(drawing);
}

/** Draw what the form says; an answer that a later one has overtaken is not shown. */
async function draw() {
  const mine = ++latest;
  shown.classList.add("is-busy");
  try {
    const { id, label, ...rest } = draft();
    const blob = await picture("item.preview", { item_id: item, max_size: 512, draft: { ...rest, id: id || "draft", label: label || "Draft" } });
    if (mine !== latest) return;
    wrong.textContent = blob ? "" : "Nothing of it would be seen.";
    if (!blob) return;
    URL.revokeObjectURL(shown.src);
    shown.src = URL.createObjectURL(blob);
  } catch (problem) {
    if (mine === latest) wrong.textContent = problem.message;
  } finally {
    if (mine === latest) shown.classList.remove("is-busy");
  }
}

/** Ask what the values are like, and stretch between two of them. */
async function measure(between) {
  const profile = draft();
  const { bands } = await operation("item.statistics", { item_id: item, draft: { ...profile, rescale: [], colormap: null, id: profile.id || "draft", label: profile.label || "Draft" } });
  measured = bands;
  drawRanges(bands.map((band) => (between === "extremes" ? [band.min, band.max] : [band.percentiles["2"], band.percentiles["98"]]).map((value) => value ?? "")));
  await draw();
}

async function save(changed, said) {
  await operation("item.profiles.set", { item_id: item, profiles: changed });
  say(said);
  profiles.splice(0, profiles.length, ...changed);
  at = Math.min(at, profiles.length - 1);
  list();
}

/** The profiles with one in place of, or behind, those that there are; there is one default. */
function withDraft(index) {
  const made = draft();
  const changed = profiles.map((profile) => ({ ...profile, is_default: profile.is_default && !made.is_default }));
  changed.splice(index, index < profiles.length ? 1 : 0, made);
  return changed;
}

form.addEventListener("input", (event) => {
  if (["bands", "expression", "kind"].includes(event.target.name)) {
    measured = [];
    drawRanges([]);
  }
  clearTimeout(timer);
  timer = setTimeout(draw, PAUSE);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("[data-save]");
  if (button) busily(button, () => save(withDraft(at), "Saved. Links show it at once."));
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.measure) busily(button, () => measure(button.dataset.measure));
  if (button?.dataset.add !== undefined) {
    at = profiles.length;
    form.elements.id.value = `profile-${at + 1}`;
    form.elements.label.value = `Profile ${at + 1}`;
    form.elements.is_default.checked = false;
    chosen.add(new Option(form.elements.label.value, at, false, true));
    form.elements.label.focus();
  }
  if (button?.dataset.remove !== undefined) {
    if (profiles.length < 2) say("The last profile stays: change it instead.");
    else if (window.confirm(`Remove the profile “${form.elements.label.value}”? Links that show it show another one.`)) {
      busily(button, async () => {
        await save(profiles.filter((_, index) => index !== at), "Removed.");
        fill(profiles[at]);
        await draw();
      });
    }
  }
});

chosen.addEventListener("change", () => {
  at = Number(chosen.value);
  list();
  if (profiles[at]) fill(profiles[at]);
  draw();
});

list();
fill(profiles[at]);
draw();
