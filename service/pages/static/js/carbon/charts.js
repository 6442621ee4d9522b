/** The report's charts: grams by day, and orders by grams. */

import uPlot from "../../vendor/uplot-1.6.32/uPlot.esm.js";
import { count, DATES, grams, number } from "../format.js";
import { say } from "../texts.js";
import { onThemeChange, readTheme } from "../theme.js";

const DAY_S = 86_400;
const HEIGHT = 240;
const HALF_DAY = 0.5;
const drawn = new Map();

/** Draw into a box, and again whenever its width or the theme changes. */
function keep(box, make) {
  drawn.get(box)?.stop();
  let plot = null;
  let width = 0;
  const draw = () => {
    plot?.destroy();
    width = box.clientWidth;
    if (width) plot = make(width, readTheme());
  };
  const observer = new ResizeObserver(() => box.clientWidth !== width && draw());
  observer.observe(box);
  onThemeChange(() => drawn.get(box)?.make === make && draw());
  drawn.set(box, { make, stop: () => (observer.disconnect(), plot?.destroy()) });
  draw();
}

function axes(theme, across, up) {
  const look = { stroke: theme.muted, grid: { stroke: theme.hairline, width: 1 }, ticks: { stroke: theme.hairline, width: 1 }, font: "12px system-ui" };
  return [
    { ...look, grid: { show: false }, values: (_, values) => values.map(across) },
    { ...look, size: 64, values: (_, values) => values.map(up) },
  ];
}

/** Round grams or kilograms of an axis. */
const weight = (value) => (value >= 10_000 ? `${number(value / 1000, 1)} kg` : `${number(value, 1)} g`);
const faint = (colour, share) => colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);

/** Transport and packaging by day, one on the other. @param {HTMLElement} box @param {Array<Object>} days */
export function drawTrend(box, days) {
  const filled = everyDay(days);
  const x = filled.map(({ day }) => Date.parse(day) / 1000);
  const packaging = filled.map((each) => each.packaging_gco2e);
  const transport = filled.map((each) => each.transport_gco2e);
  const both = filled.map((_, index) => packaging[index] + transport[index]);
  const bars = uPlot.paths.bars({ size: [0.7, 46] });
  const style = new Intl.DateTimeFormat(DATES, { day: "numeric", month: "short", timeZone: "UTC" });
  const dayOf = (seconds) => (Number.isInteger(seconds / DAY_S) ? style.format(new Date(seconds * 1000)) : "");
  keep(box, (width, theme) =>
    new uPlot(
      {
        width,
        height: HEIGHT,
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false, range: [x[0] - HALF_DAY * DAY_S, x.at(-1) + HALF_DAY * DAY_S] }, y: { range: (_, __, most) => [0, (most || 1) * 1.08] } },
        axes: axes(theme, dayOf, weight).map((axis, index) => (index ? axis : { ...axis, incrs: [1, 2, 7, 14, 28, 91].map((n) => n * DAY_S), space: 60 })),
        series: [
          { label: say("day"), value: (_, value) => (value === null ? say("all_of_them") : dayOf(value)) },
          { label: say("transport"), paths: bars, points: { show: false }, fill: theme.transport, stroke: theme.transport, width: 0, value: (_, __, ___, index) => of(transport, index) },
          { label: say("packaging"), paths: bars, points: { show: false }, fill: theme.packaging, stroke: theme.packaging, width: 0, value: (_, __, ___, index) => of(packaging, index) },
        ],
      },
      [x, both, packaging],
      box,
    ),
  );
}

/** The day that is pointed at, or all of them. */
const of = (values, index) => grams(values[index] ?? sum(values));
const sum = (values) => values.reduce((all, value) => all + value, 0);

/** Days without a round are days of nothing. */
function everyDay(days) {
  const known = new Map(days.map((each) => [each.day, each]));
  const all = [];
  for (let at = Date.parse(days[0].day); at <= Date.parse(days.at(-1).day); at += DAY_S * 1000) {
    const day = new Date(at).toISOString().slice(0, 10);
    all.push(known.get(day) ?? { day, orders: 0, transport_gco2e: 0, packaging_gco2e: 0 });
  }
  return all;
}

/** How many orders emitted how much. @param {HTMLElement} box @param {{edges: Array<number>, counts: Array<number>}} histogram */
export function drawSpread(box, { edges, counts }) {
  const middles = counts.map((_, index) => (edges[index] + edges[index + 1]) / 2);
  const step = edges[1] - edges[0];
  const bars = uPlot.paths.bars({ size: [0.92, 60] });
  keep(box, (width, theme) =>
    new uPlot(
      {
        width,
        height: HEIGHT,
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false, range: [edges[0] - step / 4, edges.at(-1) + step / 4] }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] } },
        axes: axes(theme, (value) => `${number(value, 0)} g`, (value) => (Number.isInteger(value) ? count(value) : "")),
        series: [
          { label: "CO₂e", value: (_, value) => (value === null ? say("all_of_them") : `${grams(Math.max(0, value - step / 2))} – ${grams(value + step / 2)}`) },
          { label: say("orders"), paths: bars, points: { show: false }, fill: faint(theme.accent, 0.75), stroke: theme.accent, width: 0, value: (_, value) => count(value ?? sum(counts)) },
        ],
      },
      [middles, counts],
      box,
    ),
  );
}
