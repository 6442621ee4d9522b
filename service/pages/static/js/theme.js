/** The style sheet's colours, for the map, which cannot read custom properties itself. */

import { TINTS } from "./model.js";

const NAMES = [
  "ground", "surface", "ink", "muted", "hairline", "accent",
  "on-time", "late", "unserved", "on-status",
  "street", "street-major", "street-edge", "street-text",
];

/** The colours as they stand now, `tints` being those of the vehicles. @returns {Object<string, *>} */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const theme = Object.fromEntries(NAMES.map((name) => [name, colour(name)]));
  theme.tints = Array.from({ length: TINTS }, (_, index) => colour(`tint-${index}`));
  return theme;
}

/** Call back whenever the person's light or dark preference changes. @param {() => void} callback */
export function onThemeChange(callback) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}
