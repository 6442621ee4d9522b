/** Figures as people read them. Times are shown in the plan's own offset, never the browser's. */

import { language, say } from "./texts.js";

const NONE = "–";
const formats = new Map();

/** The language to write dates in: British, where it is only English. */
export const DATES = language === "en" ? "en-GB" : language;

/** @param {number} value @param {number} digits at most @param {number} [lowest] digits at least */
export function number(value, digits, lowest = 0) {
  const key = `${digits} ${lowest}`;
  // Making a format takes a hundred times as long as using it, and a board writes thousands of figures.
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: lowest }));
  return formats.get(key).format(value).replace("-", "−");
}

/** @param {string} iso time with an offset @returns {number} the offset in minutes */
export function offsetOf(iso) {
  const match = /([+-])(\d\d):?(\d\d)$/.exec(iso);
  return match ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

function shifted(iso, offsetMin) {
  return new Date(Date.parse(iso) + offsetMin * 60_000);
}

/** HH:MM in the given offset. @param {string} iso @param {number} offsetMin */
export function clock(iso, offsetMin) {
  return shifted(iso, offsetMin).toISOString().slice(11, 16);
}

/** A day in words, in the given offset. @param {string} iso @param {number} offsetMin */
export function day(iso, offsetMin) {
  const style = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(DATES, style).format(shifted(iso, offsetMin));
}

/** A moment by the browser's own clock, in short: stored moments are in UTC, and its reader means his own. @param {string} iso */
export function moment(iso) {
  return new Intl.DateTimeFormat(DATES, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** Seconds as minutes and seconds. @param {number} seconds */
export function span(seconds) {
  const whole = Math.round(Math.abs(seconds));
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return [minutes && say("minutes", { count: minutes }), (rest || !minutes) && say("seconds", { count: rest })].filter(Boolean).join(" ");
}

/** Late minutes, rounded up: what is late never reads "+0". @param {number} seconds */
export function lateMinutes(seconds) {
  return Math.ceil(seconds / 60);
}

/** The same as people say it: "+5 min". @param {number} seconds */
export function lateBy(seconds) {
  return `+${say("minutes", { count: lateMinutes(seconds) })}`;
}

/** Grams, or kilograms from ten of them on. @param {?number} value in gCO2e */
export function grams(value) {
  if (value === null || value === undefined) return NONE;
  if (value >= 10_000) return `${number(value / 1000, 1)} kg`;
  if (value >= 100) return `${number(value, 0)} g`;
  return value > 0 && value < 0.1 ? "<0.1 g" : `${number(value, 1, 1)} g`;
}

/** Metres, or kilometres from one on. @param {number} metres */
export function distance(metres) {
  return metres < 1000 ? `${number(metres, 0)} m` : `${number(metres / 1000, metres < 100_000 ? 1 : 0, metres < 100_000 ? 1 : 0)} km`;
}

/** @param {number} squareKilometres */
export function area(squareKilometres) {
  return `${number(squareKilometres, 1, 1)} km²`;
}

/** @param {number} count */
export function count(value) {
  return number(value, 0);
}

/** Energy in Wh, or kWh from one on. @param {number} wattHours */
export function energy(wattHours) {
  return wattHours < 1000 ? `${number(wattHours, wattHours < 10 ? 1 : 0)} Wh` : `${number(wattHours / 1000, 2)} kWh`;
}

/** @param {number} kilograms */
export function mass(kilograms) {
  return `${number(kilograms, 2)} kg`;
}

/** @param {number} litres */
export function volume(litres) {
  return `${number(litres, 1)} l`;
}

/** A share of one as a percentage. @param {number} share */
export function percent(share) {
  return `${number(share * 100, share < 0.1 ? 1 : 0)}\u00a0%`;
}

/** An amount of money. @param {number} amount @param {string} currency ISO 4217 code */
export function money(amount, currency) {
  return `${number(amount, 2, 2)}\u00a0${currency}`;
}

/** A factor's figure as published: no rounding. @param {number} value @param {string} unit */
export function figure(value, unit) {
  const text = new Intl.NumberFormat(language, { maximumSignificantDigits: 12 }).format(value);
  return unit === "-" ? text : `${text} ${unit}`;
}

/** How an order stands with its promise, in words. @param {{status: string, lateS: number, spareS: number}} stop */
export function standing(stop) {
  if (stop.status === "unserved") return say("status_unserved");
  if (stop.status === "late") return say("late_by", { minutes: span(stop.lateS) });
  return stop.spareS > 0 ? say("spare", { minutes: span(stop.spareS) }) : say("at_the_minute");
}

const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

/**
 * A sentence of the server, which speaks English, its moments as times of day; on a page in another language its code
 * says the same, and the sentence is left out.
 * @param {?string} text @param {number} offsetMin
 */
export function sentence(text, offsetMin) {
  return text && language === "en" ? text.replace(MOMENT, (iso) => clock(iso, offsetMin)) : null;
}
