/** The page's sentences: the template carries them in one block, so that both speak from one file. */

const TEXTS = JSON.parse(document.getElementById("texts").textContent);
const plurals = new Intl.PluralRules(document.documentElement.lang);

/**
 * A sentence with its figures put in.
 * @param {string} key name in texts/en.json, or a path such as `reasons.busy`
 * @param {Object<string, string|number>} [values] for `{name}` places; `count` chooses singular or plural
 * @returns {string} the sentence, or the last part of the key where there is none
 */
export function say(key, values = {}) {
  let text = key.split(".").reduce((found, part) => found?.[part], TEXTS);
  if (text === undefined) return key.split(".").pop().replaceAll("_", " ");
  if (typeof text === "object") text = text[plurals.select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** @returns {string} the language of the page, for dates and numbers */
export const language = document.documentElement.lang;
