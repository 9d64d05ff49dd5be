// A sound for each new alert, other for each priority. None before somebody touched the page: browsers forbid it.

const NOTES = {
  red: [[880, 0], [880, 0.17], [880, 0.34]],
  amber: [[660, 0], [660, 0.22]],
  green: [[520, 0]],
  none: [[440, 0]],
  escalated: [[990, 0], [740, 0.16], [990, 0.32], [740, 0.48]],
};
const MUTED = "lfr-muted";
let context = null;

const isMuted = () => localStorage.getItem(MUTED) === "1";
const isReady = () => context?.state === "running";

function draw() {
  const button = document.querySelector("[data-do=sound]");
  if (!button) return;
  const on = !isMuted() && isReady();
  button.setAttribute("aria-pressed", String(on));
  button.classList.toggle("is-on", on);
  button.querySelector(".sound-words").textContent = isMuted() ? "Sound off" : on ? "Sound on" : "Sound off until you click";
}

async function wake() {
  if (isMuted() || isReady()) return;
  context ??= new AudioContext();
  await context.resume();
  draw();
}

export function toggle() {
  if (isMuted()) localStorage.removeItem(MUTED);
  else if (isReady()) localStorage.setItem(MUTED, "1");
  if (isMuted()) draw();
  else wake().then(() => { draw(); play("green"); });
}

export function play(kind) {
  if (isMuted() || !isReady()) return;
  for (const [frequency, after] of NOTES[kind] ?? NOTES.none) {
    const from = context.currentTime + after;
    const tone = new OscillatorNode(context, { type: "triangle", frequency });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(0.35, from + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.001, from + 0.14);
    tone.connect(loudness).connect(context.destination);
    tone.start(from);
    tone.stop(from + 0.16);
  }
}

export function start() {
  draw();
  const button = () => document.querySelector("[data-do=sound]");
  for (const gesture of ["pointerdown", "keydown"]) {
    document.addEventListener(gesture, (event) => { if (!button()?.contains(event.target)) wake(); });
  }
}
