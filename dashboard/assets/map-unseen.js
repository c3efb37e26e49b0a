/* Which cases a map's layer has not shown before: the ring around them beats. Kept by id and deleted with the case, since
   Leaflet redraws a whole layer when its data change. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  // How large the ring is, from which second on. Beats, not an animation: that would draw the map anew sixty times a
  // second, and what a wall has to show next would wait.
  const BEATS = [[0, 3.4], [0.4, 1], [0.9, 1.9], [1.3, 1], [1.8, 1.5], [2.2, 1]];
  const PULSE_S = BEATS[BEATS.length - 1][0];
  const first = {}; // by layer: id -> when it was first seen (steady seconds)

  const unseen = (batt.unseen = {});

  unseen.follow = function (layer, features) {
    const now = batt.time.steady();
    const before = first[layer];
    const after = new Map();
    for (const { properties } of features) {
      const known = before && before.get(properties.id);
      after.set(properties.id, known !== undefined ? known : before ? now : -Infinity);
    }
    first[layer] = after;
  };

  function firstSeen(id) {
    for (const known of Object.values(first)) if (known.has(id)) return known.get(id);
    return -Infinity;
  }

  const age = (ids) => batt.time.steady() - Math.max(...ids.map(firstSeen));
  unseen.beats = (id) => age([id]) < PULSE_S;

  unseen.pulse = function (element, ids) {
    const old = age(ids);
    if (old >= PULSE_S) return;
    element.classList.add("pulse");
    const beat = ([, scale]) => element.style.setProperty("--beat", scale);
    beat(BEATS.filter(([at]) => at <= old).pop());
    for (const later of BEATS) if (later[0] > old) setTimeout(beat, (later[0] - old) * 1000, later);
  };
})();
