/* The wall's connection to the hub: opens the socket, opens it again when no message comes, shows why it is refused.
   A new `options` object makes DashSocketIO close its socket and open another. It retries for ever. */
(function () {
  "use strict";
  const batt = (window.batt = window.batt || {});
  const AGAIN_S = 8; // socket.io tries again by itself where it may; this is for where it does not
  const REFUSED_RETRY_S = 10;
  const RELOAD_EVERY_S = 10;
  const SAME_BUILD_AGAIN_S = 60;
  const BOTH_CLOCKS_S = 5;
  const SLOW_TOLD_S = 60;

  const MANNER = { transports: ["websocket"], forceNew: true, timeout: 6000, reconnectionDelay: 500, reconnectionDelayMax: 2000 };

  const link = (batt.link = { opened: null, retryAt: 0, told: {}, reloadAt: 0, ahead: null, slowUntil: 0 });
  const wall = () => document.getElementById("wall");
  const upright = window.matchMedia("(orientation: portrait)");

  link.open = function () {
    const root = wall();
    if (!root || !link.ready) return; // Dash has not laid out the page
    const steady = batt.time.steady();
    link.retryAt = steady + AGAIN_S;
    link.opened = (link.opened || 0) + 1;
    link.told = {};
    const token = new URLSearchParams(window.location.search).get("token") || "";
    const auth = { token, screen: root.dataset.screen, lang: root.dataset.lang, portrait: upright.matches };
    window.dash_clientside.set_props("socket", {
      options: { ...MANNER, nonce: link.opened, auth },
    });
  };

  /* Once a second. */
  link.watch = function (steady) {
    const ahead = Date.now() / 1000 - steady;
    if (link.ahead !== null && Math.abs(ahead - link.ahead) > BOTH_CLOCKS_S) link.woke();
    link.ahead = ahead;
    const state = batt.state;
    const unheard = state.connected && state.lastHeartbeat !== null && steady - state.lastHeartbeat > 15;
    if ((!state.connected || unheard) && steady >= link.retryAt) link.open();
    if (link.wanted && steady >= link.reloadAt) reload(steady);
  };

  /* The computer slept, or its clock was moved: whatever the socket thinks of itself, open another. */
  link.woke = function () {
    if (link.opened && batt.time.steady() > link.retryAt - AGAIN_S + 1) link.open();
  };

  /* --- events of the socket ---
     They are read from Dash's store as they come, in their order and each of them. A callback for each would cost the
     browser more than what it shows (4 ms a message), may see two messages as one, and has Dash keep every message for
     an undo button that a wall does not have. */

  const on = (link.on = { connected, hello, refused, boards, heartbeat });
  const last = {};

  function listen(store) {
    store.subscribe(() => {
      const socket = component(store.getState(), "socket");
      if (!socket) return;
      for (const name of Object.keys(on)) {
        const value = socket.props[name === "connected" ? name : `data-${name}`];
        if (value === last[name]) continue;
        last[name] = value;
        if (value !== undefined && value !== null) on[name](value);
      }
    });
  }

  function component({ paths, layout }, id) {
    const path = paths && paths.strs && paths.strs[id];
    return path && path.reduce((part, key) => part && part[key], layout);
  }

  /* Called when Dash has laid out the page, and whenever the socket has come or gone (callbacks/wall.py). */
  function start() {
    for (const store of window.dash_stores || []) {
      if (!link.ready) listen(store);
      store.getState().history.past.length = 0;
    }
    link.ready = true;
    if (!link.opened) setTimeout(link.open, 0);
  }

  function connected(is) {
    batt.state.connected = is;
    if (!is) link.retryAt = Math.max(link.retryAt, batt.time.steady() + AGAIN_S);
  }

  function hello(message) {
    batt.state.refused = null;
    notice();
    batt.forget();
    batt.time.heard(message.now, true);
    batt.time.learn(message.calendars);
    if (message.missed) link.slowUntil = batt.time.steady() + SLOW_TOLD_S;
    hear(message);
    batt.tick();
  }

  function heartbeat(message) {
    batt.time.heard(message.now, false);
    hear(message);
    const slow = batt.time.steady() < link.slowUntil;
    show(slow ? [...(message.problems || []), batt.say("slow_screen")] : message.problems || []);
    compare(message.hashes || {});
    batt.tick();
  }

  function hear(message) {
    const state = batt.state;
    state.lastHeartbeat = batt.time.steady();
    state.offset = batt.time.offset;
    if (message.as_of) state.asOf = state.as_of = message.as_of;
    else if (state.asOf === null) state.asOf = state.as_of = message.now;
    if (message.seq !== undefined) state.seq = message.seq;
    state.build = message.build;
    if (message.build && message.build !== wall().dataset.build) link.wanted = message.build;
  }

  function boards(entries) {
    batt.receive(entries);
  }

  /* What the server knows to be wrong: reports are refused, clocks stand still. It stays until the server says otherwise. */
  function show(problems) {
    const element = document.getElementById("wall--problems");
    const text = problems.join(" · ");
    element.hidden = !text;
    if (element.textContent !== text) element.textContent = text;
  }

  /* The hub says each board's hash with every heartbeat. One that has become another while nothing of that board
     arrived, and is still so at the next heartbeat, was missed: a new connection brings everything. */
  function compare(hashes) {
    let missed = false;
    for (const [board, hash] of Object.entries(hashes)) {
      const last = link.told[board];
      if (!last || last.hash === hash || batt.state.arrived[board]) {
        link.told[board] = { hash, doubts: 0 };
        batt.state.arrived[board] = false;
      } else if (++last.doubts >= 2) missed = true;
    }
    if (missed) link.open();
  }

  function refused(message) {
    batt.state.refused = message.reason;
    link.retryAt = batt.time.steady() + REFUSED_RETRY_S;
    notice();
  }

  function notice() {
    const element = document.getElementById("wall--notice");
    const reason = batt.state.refused;
    element.hidden = !reason;
    if (!reason) return;
    const known = ["full", "token", "screen"].includes(reason) ? reason : "other";
    const lines = [batt.say(`refused_${known}`, { screen: wall().dataset.screen }), batt.say("refused_retry")];
    element.replaceChildren(...lines.map((line, i) => Object.assign(document.createElement(i ? "small" : "div"), { textContent: line })));
  }

  /* --- a new build: load anew, but only from a server that answers, and not in circles --- */

  function reload(steady) {
    link.reloadAt = steady + RELOAD_EVERY_S;
    const [build, when] = (sessionStorage.getItem("batt.reloaded") || "|0").split("|");
    if (build === link.wanted && Date.now() / 1000 - Number(when) < SAME_BUILD_AGAIN_S) return;
    fetch("/health", { cache: "no-store" })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((health) => {
        if (!health || (health.build && health.build !== link.wanted)) return;
        sessionStorage.setItem("batt.reloaded", `${link.wanted}|${Date.now() / 1000}`);
        window.location.reload();
      })
      .catch(() => undefined);
  }

  upright.addEventListener("change", link.open);
  document.addEventListener("visibilitychange", () => document.hidden || link.woke());
  document.addEventListener("resume", link.woke);
  window.addEventListener("online", link.woke);
  window.dash_clientside = Object.assign({}, window.dash_clientside, { batt: { start } });
})();
