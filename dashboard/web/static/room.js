// Keeps the regions of a page live by a socket: <div id="live" data-every="15" data-room="NAME">, after live.js.
// A region is an element whose id the board names. Without a socket live.js asks every data-every seconds, as before.
// It speaks as much of Socket.IO 5 over Engine.IO 4 as that takes.
"use strict";

(() => {
  const place = document.querySelector("[data-room]");
  if (!place || !window.battLive) return;
  const AGAIN_MS = 4000;
  const FULL_AGAIN_MS = 60000;
  const SILENT_MS = 15000; // three heartbeats
  const hashes = {};
  let silence = 0;

  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/socket.io/?EIO=4&transport=websocket`);
    let again = AGAIN_MS;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.close(), SILENT_MS);
    };

    const on = {
      boards(boards) {
        for (const { regions } of boards) for (const [id, region] of Object.entries(regions)) show(id, region);
        window.battLive.hold(true);
      },
      heartbeat: heard,
      // The login is over: live.js asks once more, and the page says that it is no longer current.
      refused({ reason }) {
        again = reason === "session" ? 0 : reason === "full" ? FULL_AGAIN_MS : AGAIN_MS;
        socket.close();
      },
    };

    socket.addEventListener("open", heard);
    socket.addEventListener("message", ({ data }) => {
      if (data === "2") socket.send("3");
      else if (data.startsWith("0")) socket.send(`40${JSON.stringify({ room: place.dataset.room, lang: document.documentElement.lang })}`);
      else if (data.startsWith("42")) {
        const [name, body] = JSON.parse(data.slice(2));
        if (on[name]) on[name](body);
      }
    });
    socket.addEventListener("close", () => {
      clearTimeout(silence);
      window.battLive.hold(false);
      if (again) setTimeout(open, again);
    });
  };

  const show = (id, region) => {
    const element = document.getElementById(id);
    if (!element || hashes[id] === region.hash) return;
    hashes[id] = region.hash;
    window.battLive.put(element, region.html);
  };

  open();
})();
