// The desk by keyboard: single letters, dead while a field has focus, with an off switch. The page works without it.
"use strict";

(() => {
  const dialog = document.getElementById("keys");
  const shown = document.querySelector(".case[data-case]");
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
    const here = links.findIndex((link) => link.pathname === location.pathname);
    const next = links[here + step] || (here < 0 ? links[0] : null);
    if (next) next.click();
  };

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
  for (const link of document.querySelectorAll("[data-text]"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const field = link.closest("form").querySelector("textarea");
      field.value = field.value.trim() ? `${field.value.trimEnd()}\n${link.dataset.text}` : link.dataset.text;
      field.focus();
    });

  // --- a form is sent once; what did not arrive stays as it was typed, to be sent again ---
  const unsent = document.querySelector("[data-unsent]");
  const send = async (form, button) => {
    unsent.hidden = true;
    const body = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.ok) return location.assign((await answer.json()).to);
    if (answer.status !== 409 && answer.status !== 422) throw new Error(String(answer.status));
    // Refused: the case as it is now, with the reason and what was typed.
    const page = await answer.text();
    document.open();
    document.write(page);
    document.close();
  };
  for (const form of document.querySelectorAll("form[method=post]"))
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.dataset.sent) return;
      form.dataset.sent = "1";
      send(form, event.submitter).catch(() => {
        unsent.hidden = false;
        delete form.dataset.sent;
      });
    });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // --- the undo goes after its time ---
  const done = document.querySelector(".done");
  if (done) {
    const button = done.querySelector("button");
    if (button) setTimeout(() => button.remove(), Number(done.dataset.seconds) * 1000);
    history.replaceState(null, "", location.pathname);
  }

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
    const fresh = [...now].filter(([code]) => !known.has(code)).map(([, row]) => row);
    known = new Map([...known, ...now]);
    if (fresh.length) {
      document.title = `(${fresh.length}) ${document.title.replace(/^\(\d+\) /, "")}`;
      if (rings()) ring(fresh.some((row) => "critical" in row.dataset));
    }
    for (const link of list.querySelectorAll("a")) link.toggleAttribute("aria-current", link.pathname === location.pathname);
    const changed = shown && document.querySelector(`#desk_inbox--changed [data-case="${CSS.escape(shown.dataset.case)}"]`);
    if (changed && Number(changed.dataset.version) > Number(shown.dataset.version)) shown.querySelector(".moved").hidden = false;
  };
  new MutationObserver(look).observe(document.getElementById("live"), { childList: true, subtree: true, attributes: true });
  look();

  // --- who else has it open ---
  const others = document.querySelector("[data-others]");
  const tell = async () => {
    if (document.hidden) return;
    const answer = await fetch(shown.dataset.presence, { method: "POST", redirect: "error" }).catch(() => null);
    if (!answer || !answer.ok) return;
    const names = (await answer.json()).others;
    others.hidden = !names.length;
    others.textContent = `${others.dataset.others} ${names.join(", ")}`;
  };
  if (shown) {
    tell();
    setInterval(tell, 15000);
  }
})();
