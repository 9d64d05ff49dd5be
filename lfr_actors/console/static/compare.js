// Two faces: another picture of the list in its place, and one laid over the other with a slider between them.

function wipe(faces, share) {
  const probe = faces.querySelector(".is-probe img");
  probe.style.clipPath = share === null ? "" : `inset(0 ${100 - share}% 0 0)`;
}

export function toggle() {
  const faces = document.querySelector(".faces[data-mode]");
  const button = faces?.querySelector("[data-do=compare]");
  if (!button) return;
  const over = faces.dataset.mode !== "over";
  const slider = faces.querySelector("[data-wipe]");
  faces.dataset.mode = over ? "over" : "beside";
  button.setAttribute("aria-pressed", String(over));
  slider.closest("label").hidden = !over;
  wipe(faces, over ? Number(slider.value) : null);
  if (over) slider.focus();
  else button.focus();
}

function choose(link) {
  const shown = document.getElementById("listed");
  shown.src = link.dataset.show;
  shown.alt = link.dataset.alt;
  document.getElementById("listed-words").textContent = link.dataset.words;
  for (const each of document.querySelectorAll(".strip a")) each.toggleAttribute("aria-current", false);
  link.setAttribute("aria-current", "true");
}

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-wipe]")) wipe(event.target.closest(".faces"), Number(event.target.value));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".strip [data-show]");
    if (!link) return;
    event.preventDefault();
    choose(link);
  });
}
