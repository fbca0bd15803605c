// Before anything is drawn: the theme that was chosen, else the system's.
(function () {
  let theme = null;
  try {
    theme = localStorage.getItem("collector-theme");
  } catch {
    // A browser may forbid storage; the system's theme it is then.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
