/** Opens a map with the controls that all maps have. */

import * as maplibre from "../vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";
import { say } from "./texts.js";

export { maplibre };

/**
 * @param {HTMLElement} container
 * @param {Object} style
 * @param {() => void} onFit the button that brings everything into view
 * @throws {Error} where the browser has no WebGL
 */
export function openMap(container, style, onFit) {
  const map = new maplibre.Map({
    container,
    style,
    center: [0, 0],
    zoom: 1,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    fadeDuration: 0,
    locale: { "Map.Title": say("map") },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new FitControl(onFit), "top-right");
  map.addControl(
    new maplibre.AttributionControl({
      compact: false,
      customAttribution: `<a href="https://www.openstreetmap.org/copyright" rel="noopener">${say("attribution_osm")}</a>`,
    }),
    "bottom-right",
  );
  return map;
}

/** One more button beside the zoom buttons. */
class FitControl {
  constructor(onClick) {
    this.onClick = onClick;
  }

  onAdd() {
    this.element = document.createElement("div");
    this.element.className = "maplibregl-ctrl maplibregl-ctrl-group";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fit-button";
    button.title = say("fit");
    button.setAttribute("aria-label", say("fit"));
    button.addEventListener("click", this.onClick);
    this.element.append(button);
    return this.element;
  }

  onRemove() {
    this.element.remove();
  }
}
