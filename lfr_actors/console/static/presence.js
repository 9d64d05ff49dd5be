// Somebody who reads and moves about is there, though they ask for nothing of the server: say so, and it locks later.

import { fragment } from "./server.js";

const EVERY_MS = 20000; // idle_lock is a minute at least
let touched = false;

async function say(form) {
  if (!touched) return;
  touched = false;
  await fragment("/active", { form: new URLSearchParams({ csrf: form.elements.csrf.value }) }).catch(() => { touched = true; });
}

export function start() {
  const form = document.querySelector("form[action='/sign-out']");
  if (!form || !document.querySelector("details.menu")) return; // nobody is signed in, or it is locked
  for (const gesture of ["pointerdown", "pointermove", "keydown", "wheel", "scroll"]) {
    addEventListener(gesture, () => { touched = true; }, { passive: true, capture: true });
  }
  setInterval(() => say(form), EVERY_MS);
}
