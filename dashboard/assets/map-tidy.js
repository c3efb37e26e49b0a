/* Names on the map give way to symbols, and to one another; symbols that touch step aside. Everything is measured before
   anything is moved, and only what moves is written, so that the browser seldom lays the map out twice. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  const tidy = (batt.tidy = {});

  const aside = new WeakMap(); // how far a symbol or a name was moved aside: [dx, dy] in px
  const due = new Set();

  tidy.soon = function (view) {
    if (due.has(view)) return;
    due.add(view);
    setTimeout(() => {
      due.delete(view);
      tidy.now(view);
    }, 60);
  };

  const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const moved = (r, dx, dy) => ({ left: r.left + dx, right: r.right + dx, top: r.top + dy, bottom: r.bottom + dy });

  tidy.now = function (view) {
    const root = view.getContainer();
    const edge = root.getBoundingClientRect();
    hideWideCounts(root);
    const names = measuredNames(root);
    const symbols = [...root.querySelectorAll(".pin, .cluster")].map(measured);
    spread(symbols, edge);
    const taken = [...root.querySelectorAll(".frame-counts:not(.away), path.frame")].map((one) => one.getBoundingClientRect());
    for (const { boxes, dx, dy } of symbols) taken.push(...boxes.map((box) => moved(box, dx, dy)));
    for (const { element, dx, dy } of symbols) shift(element, dx, dy);
    const put = (box, reach) => {
      const place = free(box, taken, edge, reach);
      if (place) taken.push(moved(box, ...place));
      return place;
    };
    for (const name of names) {
      let place = put(around(name, name.size.said), 2);
      settle(name.element, Boolean(place), place || [0, 0]);
      if (place || !name.element.querySelector(".private")) continue;
      name.size.badge = name.size.badge || sizeOf(name.element);
      place = put(around(name, name.size.badge), 5);
      settle(name.element, false, place || [0, 0]);
    }
  };

  /* Where type is so large that the frame cannot hold what it says, it says nothing: the inset has it all. */
  function hideWideCounts(root) {
    const pill = root.querySelector(".frame-counts");
    const frame = root.querySelector("path.frame");
    if (pill && frame) pill.classList.toggle("away", pill.offsetWidth > frame.getBoundingClientRect().width);
  }

  /* Where a symbol stands before it steps aside, with the ring of a place that is only known roughly and with its number. */
  function measured(element) {
    const [x, y] = aside.get(element) || [0, 0];
    const box = (part) => moved(part.getBoundingClientRect(), -x, -y);
    const own = box(element.querySelector(".halo") || element);
    const boxes = [own, ...[...element.querySelectorAll(":scope > em")].map(box)];
    const middle = { x: (own.left + own.right) / 2, y: (own.top + own.bottom) / 2 };
    return { element, boxes, ...middle, r: (own.bottom - own.top) / 2 + 2, dx: 0, dy: 0 };
  }

  /* The size of each name's element in its two forms, with the word (`said`) and without it (`badge`). The form that is not
     shown has the size it was last seen with, until the font changes. */
  let sizes = new WeakMap();
  let font = null;

  function measuredNames(root) {
    const now = `${getComputedStyle(document.getElementById("wall")).fontSize} ${document.fonts.status}`;
    if (now !== font) [font, sizes] = [now, new WeakMap()];
    const names = [...root.querySelectorAll(".name")];
    for (const name of names) if (!sizes.has(name)) name.classList.remove("away");
    return names.map((element) => {
      const form = element.classList.contains("away") ? "badge" : "said";
      const size = { ...sizes.get(element), [form]: sizeOf(element) };
      sizes.set(element, size);
      const [dx, dy] = aside.get(element) || [0, 0];
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { element, size, x: (left + right) / 2 - dx, y: (top + bottom) / 2 - dy };
    });
  }

  function sizeOf(element) {
    const { width, height } = element.getBoundingClientRect();
    return [width, height];
  }

  const around = ({ x, y }, [w, h]) => ({ left: x - w / 2, right: x + w / 2, top: y - h / 2, bottom: y + h / 2 });

  /* Symbols that touch step aside, each a little, and none leaves the view. */
  function spread(spots, edge) {
    for (let round = 0; round < 30; round++) {
      let moving = false;
      for (let i = 0; i < spots.length; i++) {
        for (let j = i + 1; j < spots.length; j++) moving = part(spots[i], spots[j]) || moving;
        keep(spots[i], edge);
      }
      if (!moving) break;
    }
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

  function shift(element, ...to) {
    const px = to.map((far) => Number(far.toFixed(1)));
    const was = aside.get(element) || [0, 0];
    if (px[0] === was[0] && px[1] === was[1]) return;
    aside.set(element, px);
    element.style.setProperty("--dx", px[0]);
    element.style.setProperty("--dy", px[1]);
  }

  function settle(name, said, place) {
    name.classList.toggle("away", !said);
    shift(name, ...place);
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
