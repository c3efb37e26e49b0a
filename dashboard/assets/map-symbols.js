/* Symbols of cases that stay on the map: dash-leaflet takes all of a layer's markers off and puts them on again whenever
   one case changes. A symbol that is put on again within the same task keeps its element, so that the browser lays out and
   paints only what differs. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  const known = new WeakMap(); // by map: what a symbol shows and where -> its marker
  let Staying = null; // Leaflet is loaded after this script

  const staying = () =>
    L.Marker.extend({
      onAdd(view) {
        if (!this.leaving) return L.Marker.prototype.onAdd.call(this, view);
        this.leaving = false;
        return this;
      },
      onRemove() {
        this.leaving = true;
        queueMicrotask(() => {
          if (!this.leaving) return;
          this.getElement().remove();
          this.forget();
        });
      },
    });

  const symbols = (batt.symbols = {});

  /* The marker of `view` that shows `look` at `latlng`, new (with the options that `draw` gives) or as it stands. */
  symbols.kept = function (view, latlng, look, draw) {
    if (!known.has(view)) known.set(view, new Map());
    const markers = known.get(view);
    const key = JSON.stringify([latlng.lat, latlng.lng, ...look]);
    if (!markers.has(key)) {
      Staying = Staying || staying();
      const marker = new Staying(latlng, draw());
      marker.forget = () => markers.delete(key);
      markers.set(key, marker);
    }
    return markers.get(key);
  };
})();
