// The opened alert: opening, deciding, and staying up to date without taking a word from whoever is writing.

import { Refusal, fragment, put, sent } from "./server.js";
import { isOpen } from "./dialogs.js";
import { readOut, show } from "./say.js";
import * as queue from "./queue.js";

const place = () => document.getElementById("alert-place");
const opened = () => document.getElementById("alert");
let asked = 0; // only the newest answer is shown

function draw(made) {
  const before = opened();
  const note = document.getElementById("note")?.value;
  const article = made.querySelector("#alert");
  const same = before?.dataset.alert === article.dataset.alert;
  put(place(), made);
  const kept = document.getElementById("note");
  if (same && note && kept) {
    kept.value = note;
    kept.closest("details").open = true;
  }
  if (!same) place().scrollTop = 0;
  document.querySelector(".panes").classList.add("shows-alert");
  document.body.classList.add("opened");
  queue.select(article.dataset.alert);
}

export async function open(alertId, url, { push = true } = {}) {
  const mine = ++asked;
  queue.select(alertId);
  try {
    const made = await fragment(url);
    if (mine !== asked) return;
    draw(made);
    if (push) history.pushState({ alert: alertId }, "", url);
    scrollTo(0, 0);
    queue.update(); // it counts as seen now
    document.getElementById("alert-title").focus({ preventScroll: true });
  } catch (refusal) {
    complain(refusal);
  }
}

// Somebody did something with the opened alert, here or elsewhere. Nothing keeps one that is `gone` on the screen.
export async function update({ gone = false } = {}) {
  const article = opened();
  if (!article || (isOpen() && !gone)) return;
  const mine = ++asked;
  const made = await fragment(article.dataset.url, { background: true });
  const newer = made.querySelector("#alert");
  if (mine !== asked || (isOpen() && !gone) || newer.dataset.version === article.dataset.version) return;
  draw(made);
  readOut(newer.querySelector(".decision-words").textContent);
}

function complain(refusal) {
  if (!(refusal instanceof Refusal)) throw refusal;
  show(refusal.status === 0 ? "The console does not answer. Look again before you decide once more." : refusal.message, { error: true });
}

async function decide(form, submitter) {
  const url = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  const article = opened();
  article.classList.add("is-busy");
  try {
    const made = await fragment(url, { form: sent(form, submitter) });
    form.closest("dialog")?.close();
    const note = document.getElementById("note");
    if (note) note.value = ""; // it was sent
    if (opened().dataset.alert !== article.dataset.alert) return; // somebody opened another one meanwhile
    asked += 1;
    draw(made);
    readOut(`${opened().querySelector(".alert-state").textContent.trim()}. ${opened().querySelector(".decision-words").textContent}`);
    document.getElementById("alert-title").focus({ preventScroll: true });
  } catch (refusal) {
    form.closest("dialog")?.close();
    complain(refusal);
    if (refusal.status) await update();
  } finally {
    article.classList.remove("is-busy");
    queue.update();
  }
}

function close() {
  asked += 1;
  document.querySelector(".panes").classList.remove("shows-alert");
  document.body.classList.remove("opened");
  queue.select(null);
}

export function start() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-deciding]")) return;
    event.preventDefault();
    if (!opened().classList.contains("is-busy")) decide(event.target, event.submitter);
  });
  place().addEventListener("click", (event) => {
    const back = event.target.closest("[data-do=back]");
    if (!back) return;
    event.preventDefault();
    history.pushState({}, "", back.href);
    close();
    queue.move(0);
  });
  document.addEventListener("close", () => { update(); }, true); // of a dialog: what came meanwhile is shown now
  addEventListener("popstate", () => {
    const found = location.pathname.match(/^\/alerts\/([^/]+)$/);
    if (found) open(decodeURIComponent(found[1]), location.pathname, { push: false });
    else close();
  });
}
