// The console's pages: what each part does is in its own module; here they are brought together.

import * as alert from "./alert.js";
import * as cameras from "./cameras.js";
import * as clock from "./clock.js";
import * as compare from "./compare.js";
import * as dialogs from "./dialogs.js";
import * as keys from "./keys.js";
import * as presence from "./presence.js";
import * as queue from "./queue.js";
import * as sound from "./sound.js";
import { follow } from "./stream.js";
import { fragment, oneAtATime, put } from "./server.js";

const SHOWN = /^(alert|outcome|deployment|camera|matcher|watchlist|data)\./;
const header = () => document.getElementById("header");
const title = document.title;

const updateHeader = oneAtATime(async () => {
  const made = await fragment(header().dataset.fragment, { background: true });
  const focused = document.activeElement?.matches?.(".stop");
  put(document.getElementById("header-place"), made);
  if (focused) document.querySelector(".stop")?.focus({ preventScroll: true });
  entitle();
});

function entitle() {
  const open = Number(header()?.dataset.open ?? 0);
  document.title = open ? `(${open}) ${title}` : title;
}

function everything() {
  updateHeader();
  queue.update();
  if (document.getElementById("alert")) alert.update();
  if (document.getElementById("cameras")) cameras.redraw();
}

function changed({ name, alert: alertId }) {
  if (!SHOWN.test(name)) return;
  updateHeader();
  if (alertId) queue.update();
  if (alertId && document.getElementById("alert")?.dataset.alert === alertId) alert.update({ gone: name === "data.erased" });
}

function live() {
  if (!header()) return;
  const stream = new URL(header().dataset.stream, location.href);
  if (document.getElementById("cameras")) stream.searchParams.set("cameras", "1");
  follow(stream, Number(header().dataset.seq), { change: changed, resync: everything, live: cameras.live, beat: updateHeader });
}

document.addEventListener("click", (event) => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  if (what === "sound") sound.toggle();
  if (what === "compare") compare.toggle();
  if (what === "help") dialogs.open("help");
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
clock.start();
dialogs.start();
presence.start();
compare.start();
sound.start();
if (document.getElementById("queue-place")) {
  alert.start();
  queue.start(alert.open);
}
keys.start();
if (document.getElementById("cameras")) cameras.start();
entitle();
live();
document.documentElement.dataset.ready = "1"; // what drives the page may begin
