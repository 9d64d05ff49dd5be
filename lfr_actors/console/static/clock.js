// Times that go on by themselves: ages of alerts, time left, the seconds in which a step may be undone.

const shown = document.documentElement.dataset.now;
const offset = shown ? Date.parse(shown) - Date.now() : 0; // the clock of this machine may be wrong

export function serverNow() {
  return Date.now() + offset;
}

// As the server writes them: 4 s, 3 min, 2 h 05 min, 3 d.
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 172800) return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
  return `${Math.floor(whole / 86400)} d`;
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function tick() {
  const now = serverNow();
  for (const each of document.querySelectorAll("[data-since]")) write(each, span((now - Date.parse(each.dataset.since)) / 1000));
  for (const each of document.querySelectorAll("[data-until]")) {
    const left = (Date.parse(each.dataset.until) - now) / 1000;
    write(each, left > 0 ? span(left) : "Time is over");
    each.parentElement.classList.toggle("is-short", left < 900);
  }
  for (const each of document.querySelectorAll("[data-seconds-left]")) {
    each.dataset.undoUntil ??= String(now + 1000 * Number(each.dataset.secondsLeft));
    const left = Math.ceil((Number(each.dataset.undoUntil) - now) / 1000);
    if (left > 0) write(each.querySelector(".left"), `${left} s`);
    else each.remove();
  }
}

export function start() {
  tick();
  setInterval(tick, 500);
}
