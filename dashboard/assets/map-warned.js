/* Areas of warnings on the map: hatched; they leave by themselves when they end, also while the server is silent. They are
   drawn here and not by Dash, which takes twice as long: a warning waits for nothing. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  const AGAIN_MS = 200;
  const drawn = {}; // by pane: its features, as the server drew them, and their layer
  let hatched = false;

  const warned = (batt.warned = {});
  warned.is = (id) => id.endsWith("warned");

  warned.draw = function (id, features) {
    const was = drawn[id] || {};
    drawn[id] = { ...was, features };
    show(id);
  };

  function show(id) {
    const views = (batt.map && batt.map.views) || {};
    const view = views[id.includes("centre") ? "command_map--centre" : "command_map--city"];
    if (!view || !view.getPane(id)) return setTimeout(show, AGAIN_MS, id); // the map is not laid out yet
    hatch();
    const { features, layer } = drawn[id];
    if (layer) layer.remove();
    const style = ({ properties }) => ({ className: `warned-area ${properties.state}` });
    const data = { type: "FeatureCollection", features };
    drawn[id].layer = L.geoJSON(data, { pane: id, interactive: false, style }).addTo(view);
  }

  warned.end = function (now) {
    for (const [id, { features }] of Object.entries(drawn)) {
      const left = features.filter(({ properties }) => !properties.until || properties.until > now);
      if (left.length < features.length) warned.draw(id, left);
    }
  };

  /* The patterns of both states, as large as the wall's type asks for. */
  function hatch() {
    if (hatched) return;
    hatched = true;
    const size = parseFloat(getComputedStyle(document.getElementById("wall")).fontSize) * 0.7;
    const pattern = (state) =>
      `<pattern id="hatch-${state}" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
      `<path class="hatch-line ${state}" d="M0 0V${size}" stroke-width="${size * 0.55}"/></pattern>`;
    const holder = document.createElement("div");
    holder.className = "hatches";
    holder.innerHTML = `<svg width="0" height="0"><defs>${pattern("risk")}${pattern("overdue")}</defs></svg>`;
    document.body.append(holder);
  }
})();
