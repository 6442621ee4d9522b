/** Every setting by what an order costs and how many are on time; the larger its mark, the more it emits. */

import { h } from "../dom.js";
import { grams, number } from "../format.js";
import { say } from "../texts.js";
import { labelOf } from "./outcome.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [380, 272, 46, 14, 28, 40];
const ROOM = 0.06;

function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...children.flat().filter(Boolean));
  return element;
}

/** Both ends moved out, so that a mark that lies at one covers no figure of the axis. */
const withRoom = (low, high) => [low - (high - low) * ROOM, high + (high - low) * ROOM];

/** Round marks of an axis that hold both ends. */
function ticksOf(low, high, most = 5) {
  const span = Math.max(high - low, Math.abs(high) * 0.02, 1e-6);
  const raw = span / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw);
  const first = Math.floor(low / step) * step;
  const marks = [];
  for (let at = first; at < high + step; at += step) marks.push(Number(at.toPrecision(10)));
  return marks;
}

/**
 * @param {HTMLElement} figure to draw into
 * @param {Array<Object>} rows of an outcome
 * @param {{isBest: (row: Object) => boolean, target: number, chosen: Array<?Object>, currency: string}} marked
 */
export function drawTradeOff(figure, rows, { isBest, target, chosen, currency }) {
  const points = rows
    .filter(({ measures }) => measures.cost_per_order)
    .map((row) => ({ row, x: row.measures.cost_per_order.mean, y: row.measures.on_time_share.mean * 100, g: row.measures.gco2e_per_order?.mean ?? 0 }));
  const xs = ticksOf(...withRoom(Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))));
  const ys = ticksOf(withRoom(Math.min(target * 100, ...points.map(({ y }) => y)), 100)[0], 100).filter((at) => at <= 100);
  const place = (x, y) => [
    LEFT + ((x - xs[0]) / (xs.at(-1) - xs[0])) * (WIDTH - LEFT - RIGHT),
    HEIGHT - BOTTOM - ((y - ys[0]) / (Math.max(ys.at(-1), 100) - ys[0])) * (HEIGHT - TOP - BOTTOM),
  ];
  const most = Math.max(...points.map(({ g }) => g), 1e-9);
  const [, targetY] = place(xs[0], target * 100);
  const svg = s(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": say("trade_off_said", { count: points.length, best: labelOf(rows.find(isBest).setting) }) },
    ys.map((at) => {
      const [, y] = place(xs[0], at);
      return [s("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }), s("text", { class: "label", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, number(at, 1))];
    }).flat(),
    xs.map((at) => s("text", { class: "label", x: place(at, ys[0])[0], y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, number(at, 2))),
    s("line", { class: "target", x1: LEFT, x2: WIDTH - RIGHT, y1: targetY, y2: targetY }),
    s("text", { class: "label", x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, say("axis_cost", { currency })),
    s("text", { class: "label", x: 2, y: 12 }, say("axis_on_time")),
    [...points].sort((a, b) => b.g - a.g).map(({ row, x, y, g }) => {
      const [cx, cy] = place(x, y);
      const letter = chosen.indexOf(row);
      const radius = 4 + 8 * Math.sqrt(g / most);
      return s(
        "g",
        { class: isBest(row) ? "dot is-best" : "dot" },
        s("circle", { cx, cy, r: radius.toFixed(1) }),
        letter >= 0 && s("text", { x: cx, y: cy + 4, "text-anchor": "middle" }, "AB"[letter]),
        s("title", {}, `${labelOf(row.setting)}: ${number(y, 1)} %, ${number(x, 2)}, ${grams(g)}`),
      );
    }),
  );
  figure.replaceChildren(h("figcaption", {}, say("trade_off")), svg, h("p", { class: "muted" }, say("trade_off_key", { target: number(target * 100, 1) })));
}
