// Short messages: read out politely, and shown at the bottom where they need eyes.

let toast = null;
let timer = 0;

export function readOut(words) {
  const place = document.getElementById("said");
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 30); // the same words again are read out again
}

export function show(words, { error = false, stays = false } = {}) {
  hide();
  toast = document.createElement("div");
  toast.className = error ? "toast is-error" : "toast";
  toast.setAttribute("role", error ? "alert" : "status");
  const text = document.createElement("span");
  text.textContent = words;
  toast.append(text);
  if (error) {
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", hide);
    toast.append(close);
  }
  document.body.append(toast);
  if (!stays && !error) timer = setTimeout(hide, 5000);
}

export function hide() {
  clearTimeout(timer);
  toast?.remove();
  toast = null;
}
