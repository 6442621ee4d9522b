/** Small helpers to build elements; text always goes in as text, never as markup. */

/**
 * Build an element.
 * @param {string} tag element name
 * @param {Object<string, *>} [attributes] attributes; `class`, `onclick`-like handlers, and `style` as custom properties
 * @param {...(Node|string|null|undefined|false)} children appended in order; empty ones are left out
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

/** Whether pointing and pressing differ: on a touch screen they do not. */
export const canHover = matchMedia("(hover: hover)").matches;

/** @param {string} id of an element that the template has. */
export function byId(id) {
  return document.getElementById(id);
}
