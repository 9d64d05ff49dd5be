// The list of alerts, kept up to date in place: rows stay the same elements, so that the focus and the eye stay.

import { fragment, oneAtATime } from "./server.js";
import { readOut } from "./say.js";
import { play } from "./sound.js";

const place = () => document.getElementById("queue-place");
const rows = () => [...document.querySelectorAll("#queue .queue-row")];
const LOUDEST = ["red", "amber", "green", "none"];
let selected = null;

export function select(alertId) {
  selected = alertId;
  for (const row of rows()) {
    const is = row.dataset.alert === alertId;
    row.classList.toggle("is-selected", is);
    if (is) row.querySelector("a").setAttribute("aria-current", "true");
    else row.querySelector("a").removeAttribute("aria-current");
  }
}

// Move the focus along the list, from where it is or from the opened alert.
export function move(step) {
  const all = rows();
  if (!all.length) return;
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  const from = focused >= 0 ? focused : all.findIndex((row) => row.dataset.alert === selected);
  const next = from < 0 ? 0 : Math.min(all.length - 1, Math.max(0, from + step));
  const link = all[next].querySelector("a");
  link.focus();
  link.scrollIntoView({ block: "nearest" });
}

export function openFocused() {
  const focused = rows().find((row) => row.contains(document.activeElement));
  (focused ?? rows()[0])?.querySelector("a").click();
}

// Bring `list` to what `made` has: rows that are the same stay, others are changed, moved, added, taken out.
function merge(list, made) {
  const old = new Map([...list.children].map((row) => [row.id, row]));
  const focused = list.contains(document.activeElement) ? document.activeElement.closest(".queue-row").id : null;
  const added = [];
  let at = list.firstElementChild;
  for (const row of [...made.children]) {
    let mine = old.get(row.id);
    old.delete(row.id);
    if (!mine) {
      mine = document.importNode(row, true);
      mine.classList.add("is-new");
      added.push(mine);
    } else {
      refresh(mine, row);
    }
    if (mine === at) at = at.nextElementSibling;
    else list.insertBefore(mine, at);
  }
  for (const gone of old.values()) gone.remove();
  if (focused && !list.contains(document.activeElement)) document.querySelector(`#${CSS.escape(focused)} a`)?.focus({ preventScroll: true });
  return added;
}

function refresh(mine, row) {
  if (mine.dataset.escalated === "0" && row.dataset.escalated === "1") {
    play("escalated");
    readOut(`Nobody looked yet: ${row.dataset.says}`);
  }
  const link = mine.querySelector("a");
  mine.className = row.className;
  Object.assign(mine.dataset, row.dataset);
  link.replaceChildren(...document.importNode(row.querySelector("a"), true).childNodes);
}

function announce(added) {
  const open = added.filter((row) => !row.classList.contains("is-decided"));
  if (!open.length) return;
  const loudest = LOUDEST.find((level) => open.some((row) => row.dataset.priority === level));
  play(loudest);
  readOut(open.length === 1 ? `New alert: ${open[0].dataset.says}` : `${open.length} new alerts`);
}

export const update = oneAtATime(async () => {
  const queue = document.getElementById("queue");
  if (!queue) return;
  const url = new URL(queue.dataset.fragment, location.href);
  if (selected) url.searchParams.set("selected", selected);
  const made = (await fragment(url, { background: true })).querySelector("#queue");
  const [list, newList] = [queue.querySelector("ol"), made.querySelector("ol")];
  const added = merge(list, newList);
  for (const child of [...queue.children]) if (child !== list) child.remove();
  let before = true;
  for (const child of [...made.children]) {
    if (child === newList) before = false;
    else if (before) queue.insertBefore(child, list);
    else queue.append(child);
  }
  queue.dataset.seq = made.dataset.seq;
  select(selected);
  announce(added);
});

export function start(openAlert) {
  selected = document.getElementById("alert")?.dataset.alert ?? null;
  place()?.addEventListener("click", (event) => {
    const link = event.target.closest(".queue-row a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    openAlert(link.closest(".queue-row").dataset.alert, link.href);
  });
}
