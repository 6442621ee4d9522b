/** The style sheet's colours, for the map, which cannot read custom properties itself. */

import { TINTS } from "./model.js";

const NAMES = [
  "ground", "surface", "ink", "muted", "hairline", "accent",
  "on-time", "tight", "late", "unserved", "on-status",
  "street", "street-major", "street-edge", "street-text", "transport", "packaging", "cost",
];

/** The colours as they stand now, `tints` being those of the vehicles. @returns {Object<string, *>} */
export function readTheme() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`; // `light-dark()` is resolved in a property alone, not in a custom one
    return getComputedStyle(probe).color;
  };
  const theme = Object.fromEntries(NAMES.map((name) => [name, colour(name)]));
  theme.tints = Array.from({ length: TINTS }, (_, index) => colour(`tint-${index}`));
  probe.remove();
  return theme;
}

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const changes = new EventTarget();
const YEAR_S = 31_536_000;

/** Call back whenever the page turns light or dark, by the system or by the switch. @param {() => void} callback */
export function onThemeChange(callback) {
  darkScheme.addEventListener("change", callback);
  changes.addEventListener("change", callback);
}

/** The button that turns the page dark or light, whatever the system prefers; a cookie keeps it. @param {HTMLElement} button */
export function switchTheme(button) {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ?? (darkScheme.matches ? "dark" : "light")) === "dark";
  const tell = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    document.cookie = `swiftleaf_theme=${root.dataset.theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
    tell();
    changes.dispatchEvent(new Event("change"));
  });
  darkScheme.addEventListener("change", tell);
  tell();
}
