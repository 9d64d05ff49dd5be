// The cameras' figures as they come, and their previews, asked for one after the other while somebody looks.

import { fragment, oneAtATime, put } from "./server.js";

const EVERY_MS = 500;
const AGAIN_MS = 2000;
const tiles = () => [...document.querySelectorAll(".tile[data-camera]")];

function figure(value, digits, unit) {
  if (value === null || value === undefined) return "–";
  const words = value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit ? `${words} ${unit}` : words;
}

const redraw = oneAtATime(async () => {
  const url = document.getElementById("cameras").dataset.fragment;
  put(document.getElementById("cameras-place"), await fragment(url, { background: true }));
  follow();
});

export function live({ cameras }) {
  const own = new Map(tiles().map((tile) => [tile.dataset.camera, tile]));
  const other = cameras.some((each) => own.get(each.camera_id)?.dataset.state !== each.state || own.get(each.camera_id)?.dataset.tone !== each.tone);
  if (other || (cameras.length && cameras.length !== own.size)) {
    redraw();
    return;
  }
  for (const each of cameras) {
    for (const place of own.get(each.camera_id).querySelectorAll("[data-figure]")) {
      const words = figure(each[place.dataset.figure], Number(place.dataset.digits), place.dataset.unit);
      if (place.textContent !== words) place.textContent = words;
    }
  }
}

function follow() {
  for (const picture of document.querySelectorAll("img[data-preview]")) {
    if (picture.dataset.followed) continue;
    picture.dataset.followed = "1";
    let number = 0;
    const ask = () => {
      if (!picture.isConnected) return;
      if (document.hidden) setTimeout(ask, AGAIN_MS);
      else picture.src = `${picture.dataset.preview}?n=${Date.now()}-${(number += 1)}`;
    };
    picture.addEventListener("load", () => { picture.hidden = false; setTimeout(ask, EVERY_MS); });
    picture.addEventListener("error", () => { picture.hidden = true; setTimeout(ask, AGAIN_MS); });
    ask();
  }
}

export function start() {
  follow();
}
export { redraw };
