// Dialogs opened by [data-opens], closed by [data-closes] and Escape. Without script they open by their #address.

export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}

export function isOpen() {
  return document.querySelector("dialog[open]") !== null;
}

export function start() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const closer = event.target.closest("[data-closes]");
    if (opener) {
      event.preventDefault();
      open(opener.dataset.opens);
    } else if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    } else if (event.target instanceof HTMLDialogElement && event.target.open) {
      const box = event.target.getBoundingClientRect(); // a click beside it, on the backdrop
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
  });
  // Links that act as buttons answer to the space bar, as buttons do.
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches?.("a[role=button]")) {
      event.preventDefault();
      event.target.click();
    }
  });
}
