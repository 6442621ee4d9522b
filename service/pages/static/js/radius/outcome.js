/** What a study found: the answer, every setting in a chart and a table, and two of them side by side. */

import { byId, h } from "../dom.js";
import { count, distance, grams, money, percent } from "../format.js";
import { language, say } from "../texts.js";
import { drawTradeOff } from "./chart.js";

const BEST = 0;

/** A setting in a few words of the page's language. @param {Object} setting */
export function labelOf({ radius, riders, drones, promise_min: promise }) {
  const parts = [
    radius && (radius.metres ? distance(radius.metres) : say("minutes_away", { count: radius.minutes })),
    riders !== null && say("riders_count", { count: riders }),
    drones !== null && say("drones_count", { count: drones }),
    promise !== null && say("promise_of", { count: promise }),
  ].filter(Boolean);
  return parts.join(language === "zh" ? "，" : ", ") || say("as_it_is");
}

/** @param {Object} outcome of a radius study */
export function showOutcome(outcome) {
  const box = byId("outcome");
  const rows = outcome.rows.filter((row) => row.measures.on_time_share);
  if (!rows.length || !outcome.recommendation) return void box.replaceChildren(h("p", {}, say("no_orders_came")));
  const isBest = ({ setting }) => JSON.stringify(setting) === JSON.stringify(outcome.recommendation.setting);
  const sorted = [...rows].sort((a, b) => isBest(b) - isBest(a) || b.measures.contribution_per_day.mean - a.measures.contribution_per_day.mean);
  const chosen = [sorted[0], sorted[1] ?? null];
  const side = h("div", { id: "side-by-side" });
  const chart = h("figure", { class: "plot" });
  const redraw = () => {
    side.replaceChildren(...sideBySide(chosen, outcome));
    drawTradeOff(chart, sorted, { isBest, target: outcome.on_time, chosen, currency: outcome.currency });
  };
  const table = tableOf(sorted, outcome, isBest, (row, at) => {
    chosen[at] = row;
    redraw();
  });
  box.replaceChildren(answer(outcome, sorted[BEST]), chart, h("h3", {}, say("side_by_side")), side, h("h3", {}, say("all_settings")), table);
  redraw();
}

function answer({ recommendation, on_time: target, seeds }, { measures }) {
  return h(
    "div",
    { class: `answer ${recommendation.meets ? "is-good" : "is-short"}` },
    h("strong", {}, say("recommended", { setting: labelOf(recommendation.setting) })),
    h("p", {}, say(recommendation.meets ? "answer_meets" : "answer_short", { target: percent(target), share: percent(measures.on_time_share.mean), days: seeds.length })),
    recommendation.confidence !== null && h("p", { class: "muted" }, say("answer_confidence", { share: percent(recommendation.confidence) })),
  );
}

const FIGURES = [
  ["on_time", ({ on_time_share: each }) => percent(each.mean), ({ on_time_share: each }) => -each.mean],
  ["cost_per_order", ({ cost_per_order: each }, currency) => (each ? money(each.mean, currency) : "–"), ({ cost_per_order: each }) => each?.mean],
  ["grams_per_order", ({ gco2e_per_order: each }) => grams(each?.mean), ({ gco2e_per_order: each }) => each?.mean],
  ["orders_a_day", ({ orders_per_day: each }) => count(each.mean), ({ orders_per_day: each }) => -each.mean],
  ["people", ({ people }) => (people ? count(people) : "–"), ({ people }) => -people],
  ["left_a_day", ({ contribution_per_day: each }, currency) => money(each.mean, currency), ({ contribution_per_day: each }) => -each.mean],
];

function sideBySide([a, b], { currency }) {
  if (!b) return [h("p", { class: "muted" }, say("one_setting"))];
  return [
    h(
      "table",
      { class: "table" },
      h("thead", {}, h("tr", {}, h("td", {}), [a, b].map((row, at) => h("th", { scope: "col" }, h("span", { class: "letter" }, "AB"[at]), ` ${labelOf(row.setting)}`)))),
      h(
        "tbody",
        {},
        FIGURES.map(([name, text, rank]) => {
          const ranks = [rank(a.measures), rank(b.measures)];
          return h("tr", {}, h("th", { scope: "row" }, say(name)), [a, b].map((row, at) => h("td", { class: ranks[at] < ranks[1 - at] ? "number is-better" : "number" }, text(row.measures, currency))));
        }),
      ),
    ),
  ];
}

function tableOf(rows, { currency }, isBest, onChoose) {
  const radio = (row, index, at) =>
    h("td", {}, h("input", { type: "radio", name: `side-${at}`, checked: index === at, "aria-label": `${"AB"[at]}: ${labelOf(row.setting)}`, onchange: () => onChoose(row, at) }));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": say("all_settings") },
    h(
      "table",
      { class: "table" },
      h("thead", {}, h("tr", {}, ["A", "B"].map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, say("setting")), FIGURES.map(([name]) => h("th", { scope: "col", class: "number" }, say(name))))),
      h(
        "tbody",
        {},
        rows.map((row, index) =>
          h(
            "tr",
            { class: isBest(row) ? "is-best" : null },
            radio(row, index, 0),
            radio(row, index, 1),
            h("th", { scope: "row" }, labelOf(row.setting), isBest(row) && h("span", { class: "chip is-good" }, say("best")), row.dropped && h("span", { class: "chip" }, say("stopped_early"))),
            FIGURES.map(([, text]) => h("td", { class: "number" }, text(row.measures, currency))),
          ),
        ),
      ),
    ),
  );
}
