/** The map's small images, drawn here so that nothing has to be fetched and both themes have their own. */

const SCALE = 2;

/** An image painted on a canvas. @param {number} size in px @param {(context: CanvasRenderingContext2D, size: number) => void} paint */
export function draw(size, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * SCALE;
  const context = canvas.getContext("2d");
  context.scale(SCALE, SCALE);
  paint(context, size);
  return context.getImageData(0, 0, size * SCALE, size * SCALE);
}

function disk(fill, ring) {
  return draw(24, (context, size) => {
    context.arc(size / 2, size / 2, 10, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    context.lineWidth = 1.75;
    context.strokeStyle = ring;
    context.stroke();
  });
}

/** A late stop is a square, not a disk: the difference must not hang on colour alone. */
function square(fill, ring) {
  return draw(24, (context) => {
    context.roundRect(2.5, 2.5, 19, 19, 5);
    context.fillStyle = fill;
    context.fill();
    context.lineWidth = 1.75;
    context.strokeStyle = ring;
    context.stroke();
  });
}

function cross(fill, ring) {
  return draw(22, (context) => {
    for (const [colour, width] of [[ring, 7], [fill, 3.5]]) {
      context.beginPath();
      context.moveTo(6, 6);
      context.lineTo(16, 16);
      context.moveTo(16, 6);
      context.lineTo(6, 16);
      context.lineCap = "round";
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  });
}

function house(fill, ring, door) {
  return draw(34, (context, size) => {
    context.roundRect(3, 3, size - 6, size - 6, 9);
    context.fillStyle = fill;
    context.fill();
    context.lineWidth = 2.5;
    context.strokeStyle = ring;
    context.stroke();
    context.beginPath();
    context.moveTo(9, 17);
    context.lineTo(17, 9.5);
    context.lineTo(25, 17);
    context.moveTo(11.5, 15.5);
    context.lineTo(11.5, 24);
    context.lineTo(22.5, 24);
    context.lineTo(22.5, 15.5);
    context.moveTo(17, 24);
    context.lineTo(17, 19);
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = 2;
    context.strokeStyle = door;
    context.stroke();
  });
}

function chevron(stroke, edge) {
  return draw(14, (context) => {
    for (const [colour, width] of [[edge, 4.5], [stroke, 2]]) {
      context.beginPath();
      context.moveTo(5, 3);
      context.lineTo(9.5, 7);
      context.lineTo(5, 11);
      context.lineCap = context.lineJoin = "round";
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  });
}

/** Put the images into the map, or replace them after a change of theme. @param {Object} map @param {Object} theme */
export function setMarks(map, theme) {
  const marks = {
    "stop-on_time": disk(theme["on-time"], theme.surface),
    "stop-late": square(theme.late, theme.surface),
    unserved: cross(theme.unserved, theme.surface),
    store: house(theme.ink, theme.surface, theme.surface),
    blank: draw(8, () => {}),
    direction: chevron(theme.ink, theme.surface),
  };
  for (const [name, image] of Object.entries(marks)) put(map, name, image);
}

/** Put one image into the map, or in place of the one of that name. */
export function put(map, name, image) {
  if (map.hasImage(name)) map.updateImage(name, image);
  else map.addImage(name, image, { pixelRatio: SCALE });
}
