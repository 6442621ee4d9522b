/** What the panel shows when there is no plan to show. */

import { h } from "./dom.js";
import { say } from "./texts.js";

/** Grey shapes of the size of what is coming, so that nothing jumps. @param {string} [text] */
export function loading(text = say("loading")) {
  const bones = ["40%", "100%", "100%", "70%", "100%", "100%", "85%"];
  return [
    h("p", { class: "quiet", role: "status" }, text),
    h("div", { class: "bones", "aria-hidden": "true" }, bones.map((width) => h("span", { style: { width } }))),
  ];
}

/** @param {() => void} onRetry */
export function noPlan(onRetry) {
  const body = `curl -X POST ${location.origin}/v1/plans \\\n  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\\n  -d @out/request.json`;
  return [
    h(
      "div",
      { class: "state" },
      h("h2", {}, say("empty_title")),
      h("p", {}, say("empty_text")),
      h("h3", {}, say("empty_demo")),
      h("pre", {}, h("code", {}, "swiftleaf demo --once")),
      h("h3", {}, say("empty_api")),
      h("pre", {}, h("code", {}, body)),
      h("button", { type: "button", class: "button", onclick: onRetry }, say("look_again")),
    ),
  ];
}

/** @param {string} title @param {string} reason @param {() => void} onRetry */
export function failure(title, reason, onRetry) {
  return [
    h(
      "div",
      { class: "state", role: "alert" },
      h("h2", {}, title),
      h("p", {}, reason),
      h("button", { type: "button", class: "button", onclick: onRetry }, say("retry")),
    ),
  ];
}
