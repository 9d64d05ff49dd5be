// Single keys. They can be switched off (WCAG 2.1.4), and never act while somebody writes or a dialog is open.

import { isOpen, open } from "./dialogs.js";
import * as queue from "./queue.js";
import { toggle as compare } from "./compare.js";
import { toggle as sound } from "./sound.js";

const OFF = "lfr-keys-off";
const WRITES = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select";
const isOff = () => localStorage.getItem(OFF) === "1";

function note() {
  const details = document.querySelector("details.note");
  if (!details) return;
  details.open = true;
  details.querySelector("textarea").focus();
}

const OWN = {
  j: () => queue.move(1),
  k: () => queue.move(-1),
  v: compare,
  m: sound,
  w: note,
  "?": () => open("help"),
};

function act(key) {
  const button = document.querySelector(`#alert [data-key="${CSS.escape(key)}"]`);
  if (!button) return false;
  button.click();
  return true;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isOpen()) return;
  if (event.key === "Escape" && event.target.matches?.("#note")) event.target.blur();
  if (event.target.matches?.(WRITES)) return;
  if (event.key === "Enter") {
    if (event.target.matches("a, button, summary, input")) return;
    if (document.getElementById("queue")) queue.openFocused();
    return;
  }
  const key = event.key.toLowerCase();
  if (isOff() && key !== "?") return;
  if (act(key)) event.preventDefault();
  else if (OWN[key]) {
    event.preventDefault();
    OWN[key]();
  }
}

export function start() {
  document.addEventListener("keydown", pressed);
  const box = document.querySelector("[data-keys]");
  if (!box) return;
  box.checked = !isOff();
  box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "0" : "1"));
}
