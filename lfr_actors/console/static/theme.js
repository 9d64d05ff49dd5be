// The theme somebody chose, before anything is drawn; without one, that of their system holds. Not a module: those wait.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = localStorage.getItem("lfr-theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  root.classList.add("scripted");
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-do=theme]")) return;
    const now = root.dataset.theme ?? (system.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    localStorage.setItem("lfr-theme", root.dataset.theme);
  });
})();
