/* The filters of /kinerja are native controls. This script keeps them and Dash's store alike; the callback on the server
   keeps the store and the address alike. A click on a mark is a control, too: `pick`. */
(() => {
  const STORE = "kinerja--controls";
  const filters = () => [...document.querySelectorAll("[data-filter]")];
  const put = (data) => dash_clientside.set_props(STORE, { data });

  function values(more) {
    const read = Object.fromEntries(filters().map((each) => [each.dataset.filter, each.value]));
    return { ...read, ...more };
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "as-of-moment") put(values({ as_of: event.target.value, pick: "" }));
    if (event.target.matches?.("select[data-filter]")) put(values({ pick: "" }));
  });

  document.addEventListener("click", (event) => {
    const of = (selector) => event.target.closest?.(selector);
    if (of("#filter-reset")) put({});
    if (of("#filter-print")) window.print();
    if (of("[data-unpick]")) put(values({ pick: "" }));
    const other = of(".switches a");
    if (other) {
      // the address may have changed since the server wrote the link
      const query = new URLSearchParams(location.search);
      for (const name of ["lang", "theme"]) {
        const given = new URL(other.href).searchParams.get(name);
        if (given) query.set(name, given);
      }
      other.href = `${location.pathname}?${query}`;
    }
  });

  // On a telephone the charts come first.
  new MutationObserver((_, watcher) => {
    const box = document.querySelector(".filters");
    if (!box) return;
    box.querySelector(".moment").append(document.getElementById("as-of").content.cloneNode(true));
    if (matchMedia("(max-width: 1000px)").matches) box.open = false;
    watcher.disconnect();
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Figures wait for their turn: those on the screen first, the others one at a time.
  const waiting = new Map();
  let busy = false;

  function next() {
    if (!waiting.size) {
      busy = false;
      return;
    }
    busy = true;
    const isNear = (id) => {
      const box = document.getElementById(id)?.closest(".chart")?.getBoundingClientRect();
      return box && box.bottom > -200 && box.top < innerHeight + 200;
    };
    const ids = [...waiting.keys()];
    const id = ids.find(isNear) ?? ids[0];
    const figure = waiting.get(id);
    waiting.delete(id);
    dash_clientside.set_props(id, { figure });
    setTimeout(next, 0);
  }

  // A printed page has every table, and no figure wider than the paper.
  const PAPER_PX = 680;
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      plot.style.zoom = Math.min(1, PAPER_PX / (plot.offsetWidth || 1));
    }
  });
  window.addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    for (const plot of document.querySelectorAll(".js-plotly-plot")) plot.style.zoom = "";
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    kinerja: {
      show(data) {
        for (const each of filters()) {
          const value = (data || {})[each.dataset.filter] ?? "";
          each.value = value;
          if (each.selectedIndex < 0) each.selectedIndex = 0;
          each.toggleAttribute("data-set", each.selectedIndex > 0);
        }
        // a change's number is no moment: then the bar above the charts says which it is
        const moment = document.getElementById("as-of-moment");
        if (moment) {
          moment.value = (data || {}).as_of ?? "";
          moment.toggleAttribute("data-set", moment.value !== "");
        }
      },
      draw() {
        for (const { prop_id, value } of dash_clientside.callback_context.triggered) {
          if (value) waiting.set(prop_id.replace("-drawing.data", "-graph"), value);
        }
        if (!busy) next();
      },
      pick(...clicks) {
        const { triggered } = dash_clientside.callback_context;
        for (const { prop_id, value } of triggered) {
          const pick = value?.points?.[0]?.customdata;
          if (!pick) continue;
          dash_clientside.set_props(prop_id.slice(0, prop_id.lastIndexOf(".")), { clickData: null });
          return values({ pick });
        }
        return dash_clientside.no_update;
      },
    },
  });
})();
