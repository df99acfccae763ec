const KEY = "parlour:theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** What the person chose on this machine, else what the machine prefers. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = localStorage.getItem(KEY) ?? (dark.matches ? "dark" : "light");
}

export function toggleTheme(): void {
  localStorage.setItem(KEY, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  applyTheme();
}

dark.addEventListener("change", applyTheme);
