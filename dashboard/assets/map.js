/* Functions of the map that dash-leaflet calls, by name from window.batt.map.
   It takes all markers of a layer off and puts them on again when the layer's data change. What must survive this is kept
   elsewhere: the elements that look as before in map-symbols.js, which case is new in map-unseen.js. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  const ORDER = ["overdue", "risk", "new", "run"];
  const APART_EM = 2.1; // symbols nearer than this become one, in em of the small type
  const BY_LAYER = { "command_map--cases": "command_map--city", "command_map--centre-cases": "command_map--centre" };

  const map = (batt.map = { views: {} });

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  /* A thing without a size of its own at a place. */
  const icon = (element) => L.divIcon({ html: element, className: "spot", iconSize: [0, 0] });
  const options = (element, height) => ({ icon: icon(element), interactive: false, keyboard: false, zIndexOffset: height });
  const spot = (latlng, element, height) => L.marker(latlng, options(element, height));

  /* --- views: fitted to their box, also when the window changes --- */

  function seen(context) {
    const view = context.map;
    map.views[view.getContainer().id] = view;
    return view;
  }

  function refit() {
    for (const view of Object.values(map.views)) {
      const box = view.getContainer().closest("[data-bounds]");
      view.invalidateSize({ animate: false });
      if (box) view.fitBounds(JSON.parse(box.dataset.bounds), { animate: false });
      batt.tidy.now(view);
    }
    for (const id of Object.keys(BY_LAYER)) if (kept[id]) window.dash_clientside.set_props(id, map.prepare(id, { ...kept[id] }));
  }

  let resized = null;
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(refit, 300);
  });

  const em = () => {
    const wall = document.getElementById("wall");
    return wall ? parseFloat(getComputedStyle(wall).fontSize) : 24;
  };

  /* How near is too near: the index of clusters works at whole zooms, so its radius makes up for the fraction. */
  const kept = {};
  map.prepare = function (id, props) {
    if (props.marks) return { data: { type: "FeatureCollection", features: props.marks.map(sign) } };
    const view = map.views[BY_LAYER[id]];
    if (!(id in BY_LAYER)) return props;
    kept[id] = { cases: props.cases };
    const data = { type: "FeatureCollection", features: props.cases.map(feature) };
    batt.unseen.follow(id, data.features);
    if (!view) return { data };
    const zoom = view.getZoom();
    const radius = (em() * APART_EM) / 2 ** (zoom - Math.floor(zoom));
    return { data, superClusterOptions: { radius, extent: 256, maxZoom: 20 } };
  };

  /* The server sends a row a case and a sign: layouts/boards/maps/command_map.py and map_marks.py have the same order. */
  const at = (lat, lon) => ({ type: "Point", coordinates: [lon / 1e5, lat / 1e5] });
  const feature = ([id, lat, lon, letter, state, place, folded, group, reports]) =>
    ({ type: "Feature", properties: { id, letter, state, place, folded, group, reports }, geometry: at(lat, lon) });
  const sign = ([id, lat, lon, kind]) => ({ type: "Feature", properties: { id, kind }, geometry: at(lat, lon) });
  map.mark = (feature, latlng) => spot(latlng, make("i", `sign mark ${feature.properties.kind}`), -400);

  /* --- ground --- */

  map.land = function (feature, context) {
    seen(context);
    const tints = (context.hideout && context.hideout.tints) || {};
    return { className: `land tint-${tints[feature.properties.code] || 0}` };
  };
  map.district = () => ({ className: "district" });
  map.frame = () => ({ className: "frame" });

  map.frameCounts = function (feature, latlng, context) {
    const counts = (context.hideout && context.hideout.counts) || {};
    const pill = make("div", "frame-counts");
    pill.append(make("b", "", feature.properties.title));
    for (const state of ORDER) {
      if (!counts[state]) continue;
      const part = make("span");
      part.dataset.state = state;
      part.append(make("i", "mark"), String(counts[state]));
      pill.append(part);
    }
    return spot(latlng, pill, 900);
  };

  map.name = function (feature, latlng, context) {
    const { names = {}, private: closed = {} } = context.hideout || {};
    const { code } = feature.properties;
    const label = make("div", "name");
    label.append(make("span", "said", names[code] || ""));
    if (closed[code]) {
      const badge = make("span", "private");
      badge.append(make("i", "mark lock"), String(closed[code]));
      label.append(badge);
    }
    batt.tidy.soon(seen(context));
    return spot(latlng, label, -500);
  };

  /* --- cases --- */

  map.pin = function (feature, latlng, context) {
    const { id, letter, state, place, folded, reports } = feature.properties;
    const look = [id, letter, state, place, folded, reports];
    const height = 100 * (ORDER.length - ORDER.indexOf(state));
    return symbol(context, latlng, look, height, () => pinElement(feature.properties));
  };

  function pinElement({ id, letter, state, place, folded, reports }) {
    const pin = make("div", place ? "pin vague" : "pin");
    pin.dataset.state = state;
    pin.dataset.case = id;
    if (place) {
      pin.dataset.place = place;
      pin.append(make("i", "halo"), make("i", "hollow"));
    }
    pin.append(make("b", "", letter));
    if (folded) pin.append(make("em", "", `×${folded + 1}`));
    else if (reports > 1) pin.append(make("em", "maybe", `${reports}?`));
    if (state === "new") {
      pin.append(make("i", "ring"));
      batt.unseen.pulse(pin, [id]);
    }
    return pin;
  }

  map.cluster = function (feature, latlng, index, context) {
    const cases = index.getLeaves(feature.properties.cluster_id, Infinity).map((leaf) => leaf.properties);
    const state = ORDER.find((one) => cases.some((other) => other.state === one)) || "run";
    const { group, reports } = cases[0]; // a group: they may tell of one event, and nobody has folded them yet
    const maybe = Boolean(group) && cases.every((one) => one.group === group);
    const vague = cases.every((one) => one.place);
    const text = maybe ? `${reports}?` : String(cases.length);
    const fresh = cases.filter((one) => one.state === "new" && batt.unseen.beats(one.id)).map((one) => one.id);
    const look = [cases[0].id, text, state, maybe, vague, ...fresh];
    return symbol(context, latlng, look, 600, () => clusterElement(text, state, maybe, vague, fresh));
  };

  function clusterElement(text, state, maybe, vague, fresh) {
    const circle = make("div", ["cluster", vague && "vague", maybe && "maybe"].filter(Boolean).join(" "), text);
    circle.dataset.state = state;
    if (fresh.length) {
      circle.append(make("i", "ring"));
      batt.unseen.pulse(circle, fresh);
    }
    return circle;
  }

  function symbol(context, latlng, look, height, draw) {
    const view = seen(context);
    batt.tidy.soon(view);
    return batt.symbols.kept(view, latlng, look, () => options(draw(), height));
  }
})();
