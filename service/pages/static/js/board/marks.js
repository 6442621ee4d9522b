/** The marks of vehicles: a disk rides, a diamond flies; the colour is the vehicle's own everywhere on the board. */

import { draw, put, setMarks } from "../marks.js";

const SIZE = 22;

function rider(fill, ring) {
  return draw(SIZE, (context) => {
    context.arc(SIZE / 2, SIZE / 2, 8, 0, 2 * Math.PI);
    paint(context, fill, ring);
    context.beginPath();
    context.arc(SIZE / 2, SIZE / 2, 2.6, 0, 2 * Math.PI);
    context.fillStyle = ring;
    context.fill();
  });
}

function drone(fill, ring) {
  return draw(SIZE, (context) => {
    const [middle, reach] = [SIZE / 2, 9.5];
    context.moveTo(middle, middle - reach);
    context.lineTo(middle + reach, middle);
    context.lineTo(middle, middle + reach);
    context.lineTo(middle - reach, middle);
    context.closePath();
    paint(context, fill, ring);
  });
}

function paint(context, fill, ring) {
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 2.2;
  context.strokeStyle = ring;
  context.stroke();
}

/** Put all marks of the board into the map. @param {Object} map @param {Object} theme */
export function setBoardMarks(map, theme) {
  setMarks(map, theme);
  theme.tints.forEach((tint, index) => {
    put(map, `rider-${index}`, rider(tint, theme.surface));
    put(map, `drone-${index}`, drone(tint, theme.surface));
  });
}
