// A picture that lies on no map: fitted, or as large as it is.

import { template } from "./elements.js";
import { here } from "./gate.js";

const FINEST = 4096; // pixels that the service sends at most
const STEP = 1.5;

/** Return an element that shows a shared image. */
export function picture({ url, width, height, is_animated: isAnimated }, name) {
  const figure = template("picture");
  const [frame, image] = [figure.querySelector("[data-frame]"), figure.querySelector("img")];
  const finest = Math.min(1, FINEST / Math.max(width, height)) * width;
  let shown = 0; // pixels of its width; 0 fits it
  image.alt = name;
  [image.width, image.height] = [width, height];
  image.src = here(url);

  function zoom(pixels) {
    const fitted = Math.min(frame.clientWidth, width);
    shown = pixels <= fitted ? 0 : Math.min(pixels, 2 * width);
    const [x, y] = [frame.scrollLeft + frame.clientWidth / 2, frame.scrollTop + frame.clientHeight / 2];
    const before = image.offsetWidth;
    image.classList.toggle("zoomed", Boolean(shown));
    image.style.width = shown ? `${shown}px` : "";
    image.style.maxWidth = image.style.maxHeight = shown ? "none" : "";
    frame.scrollTo((x * image.offsetWidth) / before - frame.clientWidth / 2, (y * image.offsetWidth) / before - frame.clientHeight / 2);
    if (shown && !isAnimated) sharpen();
    figure.querySelector("[data-zoom-out]").disabled = !shown;
  }

  /** Load all that there is of it, once somebody looks closer. */
  function sharpen() {
    const finer = here(url, { size: Math.round(Math.max(finest, (finest * height) / width)) });
    if (image.dataset.finest) return;
    image.dataset.finest = "";
    const loaded = new Image();
    loaded.addEventListener("load", () => (image.src = finer));
    loaded.src = finer;
  }

  figure.querySelector("[data-zoom-in]").addEventListener("click", () => zoom(image.offsetWidth * STEP));
  figure.querySelector("[data-zoom-out]").addEventListener("click", () => zoom(image.offsetWidth / STEP));
  figure.querySelector("[data-zoom-fit]").addEventListener("click", () => zoom(0));
  image.addEventListener("click", () => zoom(shown ? 0 : width));
  frame.addEventListener("keydown", ({ key }) => {
    if (key === "+" || key === "=") zoom(image.offsetWidth * STEP);
    else if (key === "-") zoom(image.offsetWidth / STEP);
    else if (key === "0") zoom(0);
  });
  figure.querySelector("[data-size]").textContent = `${width.toLocaleString("en")} × ${height.toLocaleString("en")} pixels`;
  return figure;
}
