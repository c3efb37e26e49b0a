// The desk by keyboard: single letters, dead while a field has focus, with an off switch. The page works without it.
// From case to case only what stands beside the inbox is exchanged: neither styles nor socket begin anew.
"use strict";

(() => {
  const BESIDE = { "X-Beside-Inbox": "1" }; // asks for the case without the inbox
  const FRESH = /^\(\d+\) /; // in the title, how many are new
  const desk = document.querySelector(".desk");
  const dialog = document.getElementById("keys");
  const shown = () => desk.querySelector(".case[data-case]");
  const pathOf = (section) => (section ? `/meja/${encodeURIComponent(section.dataset.case)}` : location.pathname);
  const list = document.getElementById("desk_inbox--list");
  const kept = { get: (name) => localStorage.getItem(name), set: (name, value) => localStorage.setItem(name, value) };

  // --- keys ---
  const isOff = () => kept.get("batt.keys") === "off";
  const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");

  const act = (target) => {
    if (target.nodeName === "DETAILS") {
      target.open = true;
      target.scrollIntoView({ block: "nearest" });
      (target.querySelector("textarea, select, input:not([type=hidden])") || target.querySelector("button")).focus();
    } else if (target.value === "dispatch" || target.nodeName === "SELECT") {
      target.focus(); // the second stroke is Enter
    } else target.click();
  };

  const go = (step) => {
    const links = [...list.querySelectorAll("a")];
    const path = new URL(wanted, location.href).pathname;
    const here = links.findIndex((link) => link.pathname === path); // -1: it is not in the inbox any more
    const next = links[here + step] || (here < 0 ? links[0] : null);
    if (next) load(next.href);
  };

  // --- what was typed and not sent comes back with its case ---
  const typed = new Map(); // by case and command; in this window alone
  const nameOf = (form) => `${shown().dataset.case} ${form.elements.command.value}`;
  const fields = (form) => [...form.elements].filter((field) => field.matches("textarea, select, input:not([type=hidden])"));
  const keep = (event) => {
    const form = event.target.closest(".commands details form");
    if (!form) return;
    const values = fields(form).map((field) => [field.name, field.value]);
    const isText = fields(form).some((field) => field.matches("textarea, input") && field.value.trim());
    if (isText) typed.set(nameOf(form), values);
    else typed.delete(nameOf(form));
  };
  desk.addEventListener("input", keep);
  const restore = () => {
    for (const form of shown() ? desk.querySelectorAll(".commands details form") : []) {
      const values = typed.get(nameOf(form));
      if (!values) continue;
      for (const [name, value] of values) form.elements[name].value = value;
      form.closest("details").open = true;
    }
  };
  addEventListener("beforeunload", (event) => {
    if (typed.size) event.preventDefault(); // the browser asks
  });

  // --- from case to case ---
  let wanted = location.href; // what is shown, or on its way
  let asking = new AbortController();
  const load = async (address, isNew = true) => {
    asking.abort();
    asking = new AbortController();
    wanted = address;
    try {
      const answer = await fetch(address, { headers: BESIDE, signal: asking.signal, cache: "no-store", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = await answer.text();
      if (isNew) history.pushState(null, "", address);
      exchange(page);
    } catch (fault) {
      if (fault.name !== "AbortError") location.assign(address); // the browser says what is the matter
    }
  };

  const exchange = (page) => {
    const parts = new DOMParser().parseFromString(page, "text/html").body.children;
    if (![...parts].some((part) => part.matches(".case"))) throw new Error("no case");
    for (const part of [...desk.children]) if (!part.matches(".inbox")) part.remove();
    desk.append(...parts);
    document.title = document.title.replace(FRESH, "");
    arrived();
    window.battLive.soon();
    const section = desk.querySelector(".case");
    section.tabIndex = -1; // a screen reader goes on from here
    section.focus({ preventScroll: true });
  };

  desk.addEventListener("click", (event) => {
    const link = event.target.closest('#desk_inbox--list a, .case a[href^="/meja/"]');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    load(link.href);
  });
  addEventListener("popstate", () => load(location.href, false));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || dialog.open) return;
    if (event.key === "?") {
      event.preventDefault();
      dialog.showModal();
    }
    if (isOff() || event.key.length !== 1) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") return go(key === "j" ? 1 : -1);
    if (key === "d" && event.target.value === "dispatch") return event.target.click();
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (target && !target.closest("[hidden]")) {
      event.preventDefault();
      act(target);
    }
  });

  const mark = () => {
    document.body.toggleAttribute("data-keys-dead", isOff());
    dialog.querySelector("[data-keys-off]").hidden = isOff();
    dialog.querySelector("[data-keys-on]").hidden = !isOff();
  };
  const help = document.querySelector("[data-help]");
  help.hidden = false;
  help.addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  for (const [name, value] of [["off", "off"], ["on", "on"]])
    dialog.querySelector(`[data-keys-${name}]`).addEventListener("click", () => {
      kept.set("batt.keys", value);
      mark();
    });
  mark();

  // --- templates: into the field, without loading the page ---
  desk.addEventListener("click", (event) => {
    const link = event.target.closest("[data-text]");
    if (!link) return;
    event.preventDefault();
    const field = link.closest("form").querySelector("textarea");
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${link.dataset.text}` : link.dataset.text;
    keep({ target: field });
    field.focus();
  });

  // --- a form is sent once; what did not arrive stays as it was typed, to be sent again ---
  const send = async (form, button) => {
    desk.querySelector("[data-unsent]").hidden = true;
    const body = new URLSearchParams(new FormData(form, button));
    const name = form.closest(".commands details") ? nameOf(form) : "";
    const answer = await fetch(form.action, { method: "POST", body, headers: { ...BESIDE, Accept: "application/json" }, redirect: "error" });
    if (answer.ok) {
      typed.delete(name);
      return load((await answer.json()).to);
    }
    if (answer.status !== 409 && answer.status !== 422) throw new Error(String(answer.status));
    exchange(await answer.text()); // refused: the case as it is now, with the reason and what was typed
  };
  desk.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    send(form, event.submitter).catch(() => {
      desk.querySelector("[data-unsent]").hidden = false;
      delete form.dataset.sent;
    });
  });
  // Logged in again in another tab: the forms of the new session, with what was typed.
  addEventListener("focus", async () => {
    if (desk.querySelector("[data-unsent]").hidden) return;
    const options = { headers: BESIDE, cache: "no-store", redirect: "error" };
    const answer = await fetch(pathOf(shown()), options).catch(() => null);
    if (answer && answer.ok) exchange(await answer.text());
  });
  addEventListener("pageshow", () => {
    for (const form of desk.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // --- sound for what is new, and a word when the case that is shown has changed ---
  const sound = document.querySelector("[data-sound]");
  let audio = null;
  const rings = () => kept.get("batt.sound") !== "off";
  const ring = (urgent) => {
    audio = audio || new AudioContext();
    for (const [at, pitch] of urgent ? [[0, 880], [0.18, 880], [0.36, 880]] : [[0, 660]]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, audio.currentTime + at);
      volume.gain.exponentialRampToValueAtTime(0.25, audio.currentTime + at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + at + 0.15);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + at);
      tone.stop(audio.currentTime + at + 0.16);
    }
  };
  const say = () => {
    sound.hidden = false;
    sound.setAttribute("aria-pressed", String(rings()));
  };
  sound.addEventListener("click", () => {
    kept.set("batt.sound", rings() ? "off" : "on");
    say();
    if (rings()) ring(false);
  });
  say();

  const rows = () => new Map([...list.querySelectorAll("[data-code]")].map((row) => [row.dataset.code, row]));
  let known = rows();
  const look = () => {
    const now = rows();
    const here = shown();
    const fresh = [...now].filter(([code]) => !known.has(code)).map(([, row]) => row);
    known = new Map([...known, ...now]);
    if (fresh.length) {
      document.title = `(${fresh.length}) ${document.title.replace(FRESH, "")}`;
      if (rings()) ring(fresh.some((row) => "critical" in row.dataset));
    }
    for (const link of list.querySelectorAll("a")) link.toggleAttribute("aria-current", link.pathname === pathOf(here));
    const changed = here && document.querySelector(`#desk_inbox--changed [data-case="${CSS.escape(here.dataset.case)}"]`);
    if (changed && Number(changed.dataset.version) > Number(here.dataset.version)) here.querySelector(".moved").hidden = false;
  };
  new MutationObserver(look).observe(document.getElementById("live"), { childList: true, subtree: true, attributes: true });

  // --- who else has it open ---
  const tell = async () => {
    const here = shown();
    if (document.hidden || !here) return;
    const answer = await fetch(here.dataset.presence, { method: "POST", redirect: "error" }).catch(() => null);
    if (!answer || !answer.ok) return;
    const names = (await answer.json()).others;
    const others = here.querySelector("[data-others]");
    others.hidden = !names.length;
    others.textContent = `${others.dataset.others} ${names.join(", ")}`;
  };
  setInterval(tell, 15000);

  // --- a case is there: the undo goes after its time, the list shows where we are ---
  const arrived = () => {
    const done = desk.querySelector(".done");
    const button = done && done.querySelector("button");
    if (button) setTimeout(() => button.remove(), Number(done.dataset.seconds) * 1000);
    if (done) history.replaceState(null, "", location.pathname);
    wanted = pathOf(shown());
    restore();
    look();
    tell();
  };
  arrived();
})();
