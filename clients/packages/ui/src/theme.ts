const KEY = "parlour:theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Apply the theme the person chose on this machine, else the one the system prefers. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = localStorage.getItem(KEY) ?? (dark.matches ? "dark" : "light");
}

export function toggleTheme(): void {
  localStorage.setItem(KEY, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  applyTheme();
}

dark.addEventListener("change", applyTheme);
