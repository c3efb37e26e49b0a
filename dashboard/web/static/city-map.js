/* The map of a public page, which works without it: the villages with points on them. What stands in the page's own list
   is drawn from its data-lat and data-lon; the open map fetches its points. */
"use strict";

(() => {
  const map = document.getElementById("city-map");
  if (!map || !window.fetch) return;
  const NS = "http://www.w3.org/2000/svg";
  const shape = (name, attributes) => {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const onPage = () =>
    [...document.querySelectorAll("[data-lat]")].map((it) => ({
      lat: Number(it.dataset.lat),
      lon: Number(it.dataset.lon),
      title: it.dataset.name || "",
      href: it.dataset.href,
      state: it.dataset.state || "place",
    }));
  const fetched = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(answer.status);
    const { features } = await answer.json();
    return features
      .filter((it) => !map.dataset.category || it.properties.category === map.dataset.category)
      .map((it) => ({
        lat: it.geometry.coordinates[1],
        lon: it.geometry.coordinates[0],
        state: it.properties.state === "done" ? "done" : "open",
        title: "",
      }));
  };
  const draw = (svg, points) => {
    const number = (name) => Number(svg.dataset[name]);
    const done = points.filter((it) => it.state === "done");
    for (const it of [...done, ...points.filter((each) => each.state !== "done")]) {
      const x = (it.lon - number("west")) * number("across");
      const y = (number("north") - it.lat) * number("down");
      const dot = shape("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: it.state === "done" ? 3.5 : 5, class: it.state });
      if (it.title) dot.append(Object.assign(shape("title", {}), { textContent: it.title }));
      if (!it.href) svg.append(dot);
      else {
        const link = shape("a", { href: it.href, tabindex: "-1" });
        link.append(dot);
        svg.append(link);
      }
    }
  };
  const show = async () => {
    const [answer, points] = await Promise.all([
      fetch(map.dataset.svg),
      map.dataset.points ? fetched(map.dataset.points) : onPage(),
    ]);
    if (!answer.ok || !points.length) return;
    const found = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    const svg = document.importNode(found, true);
    draw(svg, points);
    map.replaceChildren(svg);
    map.hidden = false;
    for (const legend of document.querySelectorAll(".legend")) legend.hidden = false;
  };
  show().catch(() => {});
})();
