/* Functions of the map that dash-leaflet calls, by name from window.batt.map.
   Leaflet redraws a whole layer when its data change. State that must survive this (which names are hidden, and in
   map-unseen.js which case is new) is computed again from the data, or kept by id and deleted with the case. */
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
  function spot(latlng, element, height) {
    const icon = L.divIcon({ html: element, className: "spot", iconSize: [0, 0] });
    return L.marker(latlng, { icon, interactive: false, keyboard: false, zIndexOffset: height });
  }

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
      tidy(view);
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
    soon(seen(context));
    return spot(latlng, label, -500);
  };

  /* --- cases --- */

  map.pin = function (feature, latlng, context) {
    const { id, letter, state, place, folded, reports } = feature.properties;
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
    soon(seen(context));
    return spot(latlng, pin, 100 * (ORDER.length - ORDER.indexOf(state)));
  };

  map.cluster = function (feature, latlng, index, context) {
    const cases = index.getLeaves(feature.properties.cluster_id, Infinity).map((leaf) => leaf.properties);
    const worst = ORDER.find((state) => cases.some((one) => one.state === state)) || "run";
    const circle = make("div", cases.every((one) => one.place) ? "cluster vague" : "cluster", String(cases.length));
    const { group, reports } = cases[0]; // a group: they may tell of one event, and nobody has folded them yet
    if (group && cases.every((one) => one.group === group)) {
      circle.classList.add("maybe");
      circle.textContent = `${reports}?`;
    }
    circle.dataset.state = worst;
    const fresh = cases.filter((one) => one.state === "new").map((one) => one.id);
    if (fresh.length) {
      circle.append(make("i", "ring"));
      batt.unseen.pulse(circle, fresh);
      if (!circle.classList.contains("pulse")) circle.lastChild.remove();
    }
    soon(seen(context));
    return spot(latlng, circle, 600);
  };

  /* --- names give way to symbols, and to one another --- */

  const due = new Set();

  function soon(view) {
    if (due.has(view)) return;
    due.add(view);
    setTimeout(() => {
      due.delete(view);
      tidy(view);
    }, 60);
  }

  const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const moved = (r, dx, dy) => ({ left: r.left + dx, right: r.right + dx, top: r.top + dy, bottom: r.bottom + dy });

  function tidy(view) {
    const root = view.getContainer();
    const edge = root.getBoundingClientRect();
    hideWideCounts(root);
    const symbols = [...root.querySelectorAll(".pin, .cluster, .frame-counts:not(.away)")];
    spread(symbols.filter((one) => !one.classList.contains("frame-counts")), edge);
    const taken = symbols.map(extent);
    for (const more of root.querySelectorAll(".pin > em, path.frame")) taken.push(more.getBoundingClientRect());
    const names = [...root.querySelectorAll(".name")];
    for (const name of names) settle(name, true, [0, 0]);
    const boxes = names.map((name) => name.getBoundingClientRect());
    const put = (name, box, reach) => {
      const place = free(box, taken, edge, reach);
      if (place) taken.push(moved(box, ...place));
      return place;
    };
    names.forEach((name, i) => {
      let place = put(name, boxes[i], 2);
      settle(name, Boolean(place), place || [0, 0]);
      if (place || !name.querySelector(".private")) return;
      place = put(name, name.getBoundingClientRect(), 5);
      settle(name, false, place || [0, 0]);
    });
  }

  /* Where type is so large that the frame cannot hold what it says, it says nothing: the inset has it all. */
  function hideWideCounts(root) {
    const pill = root.querySelector(".frame-counts");
    const frame = root.querySelector("path.frame");
    if (pill && frame) pill.classList.toggle("away", pill.offsetWidth > frame.getBoundingClientRect().width);
  }

  /* With the ring of a place that is only known roughly. */
  const extent = (symbol) => (symbol.querySelector(".halo") || symbol).getBoundingClientRect();

  /* Symbols that touch step aside, each a little, and none leaves the view. */
  function spread(symbols, edge) {
    for (const one of symbols) shift(one, 0, 0);
    const spots = symbols.map((one) => {
      const r = extent(one);
      return { x: (r.left + r.right) / 2, y: (r.top + r.bottom) / 2, r: (r.bottom - r.top) / 2 + 2, dx: 0, dy: 0 };
    });
    for (let round = 0; round < 30; round++) {
      let moving = false;
      for (let i = 0; i < spots.length; i++) {
        for (let j = i + 1; j < spots.length; j++) moving = part(spots[i], spots[j]) || moving;
        keep(spots[i], edge);
      }
      if (!moving) break;
    }
    symbols.forEach((one, i) => shift(one, spots[i].dx, spots[i].dy));
  }

  function part(a, b) {
    let x = b.x + b.dx - a.x - a.dx;
    let y = b.y + b.dy - a.y - a.dy;
    let far = Math.hypot(x, y);
    const lack = a.r + b.r - far;
    if (lack <= 0.5) return false;
    if (far < 0.01) [x, y, far] = [1, 0, 1];
    const [stepX, stepY] = [(x / far) * (lack / 2), (y / far) * (lack / 2)];
    a.dx -= stepX;
    a.dy -= stepY;
    b.dx += stepX;
    b.dy += stepY;
    return true;
  }

  function keep(one, edge) {
    one.dx += Math.max(0, edge.left + one.r - one.x - one.dx) - Math.max(0, one.x + one.dx + one.r - edge.right);
    one.dy += Math.max(0, edge.top + one.r - one.y - one.dy) - Math.max(0, one.y + one.dy + one.r - edge.bottom);
  }

  function shift(element, dx, dy) {
    element.style.setProperty("--dx", dx.toFixed(1));
    element.style.setProperty("--dy", dy.toFixed(1));
  }

  function settle(name, said, [dx, dy]) {
    name.classList.toggle("away", !said);
    shift(name, dx, dy);
  }

  const RINGS = [0, 1, 1.9, 2.8, 3.7, 4.6].flatMap((ring) =>
    ring ? [...Array(12).keys()].map((i) => [ring, (i * Math.PI) / 6]) : [[0, 0]],
  );

  /* The nearest place around its own where it covers nothing; a name stays near, a badge may go further. */
  function free(box, taken, edge, reach) {
    const h = box.bottom - box.top;
    const tries = RINGS.filter(([ring]) => ring <= reach).map(([ring, turn]) => [Math.sin(turn) * ring * h * 1.4, -Math.cos(turn) * ring * h]);
    return tries.find(([dx, dy]) => {
      const there = moved(box, dx, dy);
      const inside = there.left > edge.left && there.right < edge.right && there.top > edge.top && there.bottom < edge.bottom;
      return inside && !taken.some((other) => overlaps(there, other));
    });
  }
})();
