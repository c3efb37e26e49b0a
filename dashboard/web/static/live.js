// Updates #live from the server without flicker: changes text and attributes in place, leaves equal elements alone.
"use strict";

(() => {
  const place = document.getElementById("live");
  if (!place) return;
  let timer = 0;
  let held = false;

  const alike = (one, other) =>
    one.nodeType === other.nodeType &&
    one.nodeName === other.nodeName &&
    (one.id || "") === (other.id || "");

  const codeOf = (node) => (node.nodeType === Node.ELEMENT_NODE && node.dataset.code) || "";

  const dress = (old, fresh) => {
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  };

  const mend = (old, fresh) => {
    if (old.isEqualNode(fresh)) return; // the browser compares them faster than we do
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.nodeValue = fresh.nodeValue;
      return;
    }
    // What somebody is typing into stays, and so does what he opened.
    if (old === document.activeElement && "value" in old) return;
    if (old.nodeName === "DETAILS" && old.open) fresh.open = true;
    dress(old, fresh);
    children(old, fresh);
  };

  // A row with a data-code stays the element that it is, wherever it moves: of a list with a new first row one row changes.
  const children = (old, fresh) => {
    const after = [...fresh.childNodes];
    const codes = new Set(after.map(codeOf));
    for (const node of [...old.childNodes]) if (codeOf(node) && !codes.has(codeOf(node))) node.remove();
    const rows = new Map([...old.childNodes].map((node) => [codeOf(node), node]));
    let here = old.firstChild; // all before it is as it should be
    for (const node of after) {
      const code = codeOf(node);
      const stays = code ? rows.get(code) : here && !codeOf(here) && here;
      if (!stays) {
        old.insertBefore(node, here);
        continue;
      }
      if (stays === here) here = here.nextSibling;
      else old.insertBefore(stays, here);
      if (alike(stays, node)) mend(stays, node);
      else old.replaceChild(node, stays);
    }
    while (here) {
      const next = here.nextSibling;
      here.remove();
      here = next;
    }
  };

  const look = async () => {
    try {
      const answer = await fetch(location.href, { headers: { "X-Fragment": "1" }, cache: "no-store", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      children(place, page.body);
      document.body.removeAttribute("data-stale");
    } catch {
      document.body.setAttribute("data-stale", "");
    }
    again();
  };

  // Something inside may ask to be looked at sooner (work that runs), or no more.
  const every = () => Number(place.querySelector("[data-every]")?.dataset.every ?? place.dataset.every);

  const again = () => {
    clearTimeout(timer);
    if (every() > 0 && !held && !document.hidden) timer = setTimeout(look, every() * 1000);
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (every() > 0 && !held) look();
  });

  // For room.js: while a socket brings the regions, nothing is asked for. For desk.js: without one ask at once.
  window.battLive = {
    soon() {
      if (!held) look();
    },
    put(region, html) {
      children(region, new DOMParser().parseFromString(html, "text/html").body);
    },
    hold(is) {
      held = is;
      if (held) document.body.removeAttribute("data-stale");
      again();
    },
  };
  again();
})();
