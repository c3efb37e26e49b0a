/* The filters of /kinerja are native controls. This script keeps them and Dash's store alike; the callback on the server
   keeps the store and the address alike. A click on a mark is a control, too: `pick`. What the stores of the charts get
   is put into the template's sections; texts are texts, and HTML is what the server has escaped. */
(() => {
  const STORE = "kinerja--controls";
  const filters = () => [...document.querySelectorAll("[data-filter]")];
  const charts = () => [...document.querySelectorAll(".chart")];
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
    if (of("#filter-print")) whenAllAreTold(() => window.print());
    if (of("[data-unpick]")) put(values({ pick: "" }));
    const tables = of("#filter-tables");
    if (tables) tables.search = location.search; // of the view that is shown
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
  if (matchMedia("(max-width: 1000px)").matches) document.querySelector(".filters").open = false;

  // The charts on the screen are asked for first, the others when these are drawn or when they come near. A figure is
  // drawn when it comes near the screen, one at a time, and all of them before the page is printed.
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const REST_AFTER_MS = 2000;
  const unasked = new Set();
  const waiting = new Map();
  const near = new Set();
  let query = null;
  let busy = false;

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) near.add(target);
        else near.delete(target);
      }
      draw();
    },
    { rootMargin: "300px" },
  );
  for (const each of charts()) watcher.observe(each);
  // plotly.js comes while Dash asks
  document.addEventListener("load", () => draw(), true);

  function isOnScreen(section) {
    const { top, bottom } = section.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  }

  // Which charts to ask for now: all in one answer to Dash, which does much for each change of a store.
  function ask() {
    const asked = new URLSearchParams(location.search);
    asked.delete("pick"); // no chart depends on what was clicked
    let now = [...unasked];
    if (`?${asked}` !== query) {
      query = `?${asked}`;
      for (const each of charts()) {
        each.setAttribute("aria-busy", "true");
        unasked.add(each);
      }
      now = charts().filter(isOnScreen);
      const mine = query;
      setTimeout(() => mine === query && askRest(), REST_AFTER_MS);
    }
    for (const each of now) unasked.delete(each);
    return charts().map((each) => (now.includes(each) ? query : dash_clientside.no_update));
  }

  // What Dash asks of the server may get no answer: a chart then says so, and everything is asked for again.
  const RETRY_MS = 5000;
  const ended = [401, 403]; // nobody is logged in any more: the server says where to
  const fetched = window.fetch;
  window.fetch = async (address, options) => {
    const callback = /\/_dash-update-component(\?|$)/.test(address) ? JSON.parse(options.body).output : "";
    try {
      const answer = await fetched(address, options);
      if (callback && ended.includes(answer.status) && performance.now() > RETRY_MS) location.reload();
      else if (callback && !answer.ok) unanswered(callback);
      return answer;
    } catch (error) {
      if (callback) unanswered(callback);
      throw error;
    }
  };

  function unanswered(callback) {
    const said = document.querySelector(".kinerja").dataset.unanswered;
    const section = charts().find((each) => callback.includes(`kinerja--${each.dataset.chart}.data`));
    if (section) fill(section, { finding: said, note: "", counted: "", figure: null, table: "" });
    else document.querySelector(".lead").textContent = said;
    draw();
    const mine = query;
    setTimeout(() => {
      if (!section) dash_clientside.set_props("kinerja--url", { search: location.search });
      else if (mine === query) {
        section.setAttribute("aria-busy", "true");
        unasked.add(section);
        askRest();
      }
    }, RETRY_MS);
  }

  function askRest() {
    if (unasked.size) dash_clientside.set_props("kinerja--step", { data: Date.now() });
  }

  const isAwaited = (section) => section.hasAttribute("aria-busy") && !unasked.has(section);

  function draw() {
    if (!busy) next();
  }

  function next() {
    const drawable = window.Plotly ? [...near].filter((each) => waiting.has(each)) : [];
    const first = charts().filter(isOnScreen);
    const isFirstAwaited = first.some(isAwaited) || (waiting.size > 0 && !window.Plotly);
    const section = drawable.find((each) => first.includes(each)) ?? (isFirstAwaited ? undefined : drawable[0]);
    busy = Boolean(section);
    if (busy) {
      plot(section);
      setTimeout(next, 0);
    } else if (query !== null && !isFirstAwaited) {
      askRest();
    }
  }

  // Those that are below the screen have not been asked for when somebody prints at once.
  function whenAllAreTold(then) {
    askRest();
    const look = () => (charts().some(isAwaited) ? setTimeout(look, 50) : then());
    look();
  }

  function plot(section) {
    const element = section.querySelector(".plot");
    const figure = waiting.get(section);
    waiting.delete(section);
    Plotly.react(element, figure.data, fitted(figure.layout, element.clientWidth), CONFIG);
    element.dataset.picked = "";
    highlight(element);
    if (element.dataset.clicks) return;
    element.dataset.clicks = "";
    element.on("plotly_click", ({ points }) => {
      if (points[0]?.customdata) put(values({ pick: points[0].customdata }));
    });
  }

  // On a telephone four ticks fit below a chart, and none is turned.
  const NARROW_PX = 480;
  const TICKS = 4;
  function fitted(layout, width) {
    if (width >= NARROW_PX) return layout;
    const { tickvals = [], ticktext } = layout.xaxis;
    const every = Math.ceil(tickvals.length / TICKS) || 1;
    const some = (all) => all?.filter((_, n) => n % every === 0);
    const ticks = tickvals.length ? { tickvals: some(tickvals), ticktext: some(ticktext) } : { nticks: TICKS };
    return { ...layout, xaxis: { ...layout.xaxis, tickangle: 0, ...ticks } };
  }

  // The mark that is picked stands out in its chart.
  function highlight(element) {
    const pick = new URLSearchParams(location.search).get("pick");
    const places = element.data.map(({ customdata }) => (pick && customdata ? customdata.indexOf(pick) : -1));
    const isHere = places.some((place) => place >= 0);
    if ((element.dataset.picked ?? "") === (isHere ? pick : "")) return;
    element.dataset.picked = isHere ? pick : "";
    const chosen = places.map((place) => (place >= 0 ? [place] : []));
    const selectedpoints = element.data.map(({ customdata }, n) => (isHere && customdata ? chosen[n] : null));
    Plotly.restyle(element, { selectedpoints });
  }

  function fill(section, { finding, note, counted, figure, table }) {
    section.querySelector("h2").textContent = finding;
    const n = Object.assign(document.createElement("span"), { className: "counted-n", textContent: counted });
    section.querySelector(".note").replaceChildren(note, " ", n);
    const image = section.querySelector("figure");
    image.hidden = !figure;
    image.setAttribute("aria-label", finding);
    const behind = section.querySelector(".behind");
    const isOpen = behind.querySelector("details")?.open ?? false;
    behind.innerHTML = table;
    if (isOpen && table) behind.querySelector("details").open = true;
    section.removeAttribute("aria-busy");
    // as high as it will be, so that what is below does not jump
    if (figure) section.querySelector(".plot").style.height = `${figure.layout.height}px`;
    if (figure) waiting.set(section, figure);
    else waiting.delete(section);
  }

  // A printed page has every table, and no figure wider than the paper.
  const PAPER_PX = 680;
  let closed = [];
  window.addEventListener("beforeprint", () => {
    for (const each of window.Plotly ? [...waiting.keys()] : []) plot(each);
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      if (plot.offsetWidth > PAPER_PX) Plotly.relayout(plot, { autosize: false, width: PAPER_PX });
    }
  });
  window.addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      if (plot.layout.width === PAPER_PX) Plotly.relayout(plot, { autosize: true, width: null });
    }
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
        const asOf = (data || {}).as_of ?? "";
        moment.value = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(asOf) ? asOf : "";
        moment.toggleAttribute("data-set", moment.value !== "");
      },
      ask,
      tell(told) {
        if (!told) return;
        document.querySelector(".lead").textContent = told.lead;
        document.querySelector(".known").innerHTML = told.known;
        document.querySelector(".picked").innerHTML = told.picked;
        for (const each of document.querySelectorAll(".js-plotly-plot")) highlight(each);
      },
      draw() {
        for (const { prop_id, value } of dash_clientside.callback_context.triggered) {
          const name = prop_id.slice("kinerja--".length, -".data".length);
          if (value) fill(document.querySelector(`[data-chart="${name}"]`), value);
        }
        draw();
      },
    },
  });
})();
