/* A wall's script: puts the server's drawings into the page, and updates clock, state, countdowns and ages every second.
   One timer, no listeners per update, constant memory: per board the newest message, per region its hash. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  const LIVE_S = 12;
  const STALE_S = 60;
  const SILENT_S = 15;
  const DRIFT_S = 60;
  const PROPS_EVERY_MS = 1000;

  const state = (batt.state = {
    mode: "connecting", // connecting, live, late, stale, offline
    connected: false,
    asOf: null,
    as_of: null,
    seq: null,
    offset: null,
    lastHeartbeat: null, // by the steady clock
    build: null,
    boards: {}, // newest message by board
    arrived: {}, // boards of which something came since the last heartbeat
    hashes: {}, // what stands in each region
    refused: null,
  });

  const at = (id) => document.getElementById(id);
  const wall = () => at("wall");
  let words = null;

  batt.say = function (key, values) {
    words = words || JSON.parse(wall().dataset.words);
    let text = key in words ? words[key] : "";
    if (typeof text === "object") text = values && values.n === 1 ? text.one : text.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };

  const write = (element, text) => {
    if (element && element.textContent !== text) element.textContent = text;
  };

  /* --- boards --- */

  batt.receive = function (entries) {
    for (const entry of entries) {
      const have = state.boards[entry.board];
      if (have && entry.seq < have.seq) continue;
      state.boards[entry.board] = entry;
      state.arrived[entry.board] = true;
      state.seq = Math.max(state.seq || 0, entry.seq);
      place(entry);
    }
  };

  function place(entry) {
    for (const [id, region] of Object.entries(entry.regions)) {
      if (state.hashes[id] === region.hash) continue;
      const shell = region.props ? true : at(id);
      if (!shell) continue;
      state.hashes[id] = region.hash;
      if (region.props && batt.warned && batt.warned.is(id)) batt.warned.draw(id, region.props.data.features);
      else if (region.props) later(id, region.props);
      else {
        const drawn = document.createElement("template");
        drawn.innerHTML = region.html;
        patch(shell, drawn.content);
        refresh(shell, batt.time.now());
      }
    }
  }

  /* Only what differs is touched, so that the browser lays out and paints no more than that. */
  function patch(have, want) {
    const old = [...have.childNodes];
    const next = [...want.childNodes];
    next.forEach((node, i) => {
      const was = old[i];
      if (!was) have.append(node);
      else if (was.nodeName !== node.nodeName) was.replaceWith(node);
      else if (node.nodeType === Node.ELEMENT_NODE) patchElement(was, node);
      else if (was.data !== node.data) was.data = node.data;
    });
    for (const gone of old.slice(next.length)) gone.remove();
  }

  function patchElement(was, node) {
    const mine = ours(was) && ours(node); // what is inside is written by this script, not by the server
    for (const { name, value } of node.attributes) if (was.getAttribute(name) !== value) was.setAttribute(name, value);
    for (const { name } of [...was.attributes]) if (!node.hasAttribute(name)) was.removeAttribute(name);
    if (!mine) patch(was, node);
  }

  const ours = (element) => element.matches("time.count, [data-since], .used, .now");

  /* Live layers are redrawn whole by Leaflet: at most once a second, only the newest props, and never before a frame
     has shown what came with them. */
  const waiting = {};
  let flushing = null;
  let flushed = -Infinity;

  function later(id, props) {
    waiting[id] = props;
    if (flushing) return;
    const afterFrame = () => (document.hidden ? flush() : requestAnimationFrame(() => setTimeout(flush)));
    flushing = setTimeout(afterFrame, Math.max(0, flushed + PROPS_EVERY_MS - performance.now()));
  }

  function flush() {
    flushing = null;
    flushed = performance.now();
    for (const id of Object.keys(waiting)) {
      const props = batt.map ? batt.map.prepare(id, waiting[id]) : waiting[id];
      delete waiting[id];
      window.dash_clientside.set_props(id, props);
    }
  }

  /* After a new connection everything comes again, whatever we think we have. */
  batt.forget = function () {
    state.boards = {};
    state.seq = null;
  };

  /* --- what changes with time alone --- */

  function refresh(root, now) {
    for (const element of root.querySelectorAll("time.count")) count(element, now);
    for (const element of root.querySelectorAll("[data-since]")) {
      write(element, batt.time.span(now - Number(element.dataset.since)));
    }
    for (const element of root.querySelectorAll("[data-until]")) {
      const over = Number(element.dataset.until) <= now;
      if (element.hasAttribute("hidden") !== over) element.toggleAttribute("hidden", over);
    }
  }

  function count(element, now) {
    const facts = element.dataset;
    const left = batt.time.left(facts, now);
    const overdue = !facts.paused && Number(facts.due) <= now;
    const stopped = batt.time.stopped(facts, left, now, wall().dataset.zone, !facts.roomy);
    element.classList.toggle("stopped", stopped !== null);
    write(element, stopped === null ? batt.time.count(left, overdue) : stopped);
    if (!facts.leads) return;
    const row = element.closest("[data-state]");
    const becomes = overdue ? "overdue" : Number(facts.warn) <= now ? "risk" : "run";
    if (!facts.paused && row && row.dataset.state !== becomes) row.dataset.state = becomes;
    const bar = row && row.querySelector(".used");
    if (bar) fill(bar, facts, left, overdue);
  }

  function fill(bar, facts, left, overdue) {
    const whole = Number(bar.dataset.target);
    const used = overdue ? 100 : whole && left !== null ? Math.max(0, Math.min(100, Math.round((1 - left / whole) * 100))) : 0;
    const width = `${used}%`;
    if (bar.firstElementChild.style.width !== width) bar.firstElementChild.style.width = width;
  }

  /* --- clock and state --- */

  batt.judge = function (steady) {
    const silent = state.lastHeartbeat === null ? Infinity : steady - state.lastHeartbeat;
    if (state.lastHeartbeat === null) return steady < SILENT_S ? "connecting" : "offline";
    if (silent > SILENT_S) return "offline";
    const age = batt.time.now() - state.asOf;
    if (age > STALE_S) return "stale";
    return state.connected && age < LIVE_S ? "live" : "late";
  };

  function badge(now) {
    state.mode = batt.judge(batt.time.steady());
    const root = wall();
    if (root.dataset.mode !== state.mode) root.dataset.mode = state.mode;
    const element = at("wall--badge");
    if (element.dataset.mode !== state.mode) {
      element.dataset.mode = state.mode;
      element.innerHTML = "<b></b><small></small>";
      element.firstChild.textContent = batt.say(state.mode);
    }
    write(element.lastChild, told(now));
  }

  function told(now) {
    if (state.asOf === null) return "";
    if (state.mode === "live") {
      const { hour, minute, second } = batt.time.local(state.asOf, wall().dataset.zone);
      return batt.say("as_of", { time: `${hour}:${minute}:${second}` });
    }
    return batt.time.span(now - state.asOf);
  }

  function drift() {
    const element = at("wall--drift");
    const off = batt.time.offset !== null && Math.abs(batt.time.drift) > DRIFT_S;
    if (!off) {
      if (element.firstChild) element.textContent = "";
      return;
    }
    if (!element.firstChild) element.innerHTML = "<b></b><span></span>";
    const age = batt.time.span(Math.abs(batt.time.drift));
    write(element.firstChild, batt.say("drift"));
    write(element.lastChild, batt.say(batt.time.drift > 0 ? "drift_ahead" : "drift_behind", { age }));
  }

  function clock(now) {
    const zone = wall().dataset.zone;
    const { hour, minute, weekday, day, month, year } = batt.time.local(now, zone);
    for (const element of [at("wall--time"), ...document.querySelectorAll(".now")]) write(element, `${hour}:${minute}`);
    const name = batt.say(`zone.${zone}`);
    const short = `${day} ${batt.say(`month.${month}`)}`;
    const full = `${batt.say(`weekday.${weekday}`)}, ${short} ${year}`;
    const told = name ? `${full} · ${name}` : full;
    const element = at("wall--date");
    if (element.dataset.told === told + window.innerWidth) return;
    element.dataset.told = told + window.innerWidth;
    for (const text of [told, full, `${short} ${year}`, short]) {
      write(element, text);
      if (element.scrollWidth <= element.clientWidth) break;
    }
  }

  batt.tick = function () {
    if (!wall()) return;
    for (const entry of Object.values(state.boards)) place(entry);
    const now = batt.time.now();
    clock(now);
    badge(now);
    drift();
    refresh(document, now);
    if (batt.warned) batt.warned.end(now);
  };

  /* A tick at the start of every second of the server's. */
  let ticked = null;

  function tick() {
    const steady = batt.time.steady();
    if (ticked !== null && steady - ticked > 5 && batt.link) batt.link.woke();
    ticked = steady;
    try {
      batt.tick();
      if (batt.link) batt.link.watch(steady);
    } finally {
      const now = batt.time.now();
      setTimeout(tick, 1000 - ((now * 1000) % 1000) + 5);
    }
  }

  if (!batt.beating) {
    batt.beating = true;
    tick();
  }
})();
