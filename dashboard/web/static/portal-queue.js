// Keeps what is typed on the telephone, and sends a report that was finished without network once the network is back.
// A report has one key for all tries: the server takes it once.
"use strict";

(() => {
  const panel = document.getElementById("unsent");
  const phone = window.battPhone;
  if (!panel || !phone || !window.indexedDB) return;
  const form = document.querySelector("form[data-step]");
  const say = panel.dataset;
  const offline = document.getElementById("offline");
  const YOUNGEST_MS = 3200;
  const PATIENCE_MS = 8000;
  const SEND_MS = 300000; // a photo that no script could make smaller, over a slow network

  // 1. The telephone's own store: `typed` by page, `queue` by the report's key.
  const inStore = phone.open("batt-lapor", { typed: undefined, queue: { keyPath: "key" } });
  const queued = () => inStore("queue", "readonly", (store) => store.getAll());

  // 2. What is typed survives an empty battery and a page that is closed.
  const KEPT = "input:not([type=hidden]):not([type=file]), select, textarea";
  const fields = (place) => [...place.querySelectorAll(KEPT)].filter((each) => each.name && each.name !== "website");
  const photoOf = (place) => [...place.querySelectorAll("input[type=file]")].map((each) => each.files[0]).find(Boolean);
  const typed = () => {
    const values = {};
    for (const each of fields(form)) {
      if (each.type === "radio" || each.type === "checkbox") values[each.name + "=" + each.value] = each.checked;
      else values[each.name] = each.value;
    }
    for (const name of ["lat", "lon", "accuracy", "origin"]) if (form.elements[name]) values[name] = form.elements[name].value;
    return { values, photo: photoOf(form), at: Date.now() };
  };
  const keep = () => inStore("typed", "readwrite", (store) => store.put(typed(), form.dataset.step)).catch(() => {});
  const bringBack = async () => {
    const found = await inStore("typed", "readonly", (store) => store.get(form.dataset.step));
    if (!found || Date.now() - found.at > 7 * 86400000) return;
    const isEmpty = fields(form).every((each) => (each.type === "radio" || each.type === "checkbox" ? !each.checked : !each.value));
    if (!isEmpty || form.querySelector(".fault")) return;
    for (const each of fields(form)) {
      if (each.type === "radio" || each.type === "checkbox") each.checked = !!found.values[each.name + "=" + each.value];
      else each.value = found.values[each.name] ?? "";
    }
    for (const name of ["lat", "lon", "accuracy", "origin"]) {
      if (form.elements[name] && !form.elements[name].value) form.elements[name].value = found.values[name] ?? "";
    }
    form.dispatchEvent(new CustomEvent("batt:restored", { detail: found.photo }));
  };

  // 3. The queue.
  let loginOver = false;
  const line = (text, address, name = address) => {
    const shown = document.createElement("p");
    shown.append(text);
    if (address) {
      const link = document.createElement("a");
      link.href = address;
      link.textContent = name;
      shown.append(" ", link);
    }
    panel.append(shown);
    panel.hidden = false;
    return shown;
  };
  const button = (text, work) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", () => work().then(show));
    return made;
  };
  const show = async () => {
    const all = await queued();
    const waiting = all.filter((report) => !report.fault);
    panel.querySelector("b").textContent = waiting.length ? say.count.replace("{n}", waiting.length) : "";
    panel.querySelector(".why").hidden = !waiting.length;
    for (const each of panel.querySelectorAll("[data-own]")) each.remove();
    for (const report of all.filter((each) => each.fault)) {
      line(report.fault, "").dataset.own = "";
      const choice = document.createElement("p");
      choice.dataset.own = "";
      if (offline) choice.append(button(say.mend, () => mend(report)), " ");
      choice.append(button(say.drop, () => remove(report.key)));
      panel.append(choice);
    }
    if (loginOver && waiting.length) line(say.login, "/masuk?ke=%2Flapor", say.doLogin).dataset.own = "";
    panel.classList.toggle("calm", !waiting.length);
    panel.hidden = !all.length && panel.children.length <= 2;
  };
  const remove = (key) => inStore("queue", "readwrite", (store) => store.delete(key));
  const ask = (address, options = {}) => fetch(address, { cache: "no-store", signal: AbortSignal.timeout(60000), ...options });

  const sendOne = async (report) => {
    const stamp = await (await ask("/lapor/stempel")).text();
    await new Promise((done) => setTimeout(done, YOUNGEST_MS));
    const body = new FormData();
    for (const [name, value] of Object.entries(report.values)) body.append(name, value);
    if (report.photo) body.append("photo", report.photo, "foto.jpg");
    body.append("key", report.key);
    body.append("stamp", stamp);
    const answer = await ask("/lapor/semua", { method: "POST", body, signal: AbortSignal.timeout(SEND_MS) });
    const told = await answer.json();
    loginOver = answer.status === 401;
    if (answer.ok) {
      await remove(report.key);
      line(say.sent, told.address);
    } else if (answer.status === 400) {
      await inStore("queue", "readwrite", (store) => store.put({ ...report, fault: told.said }));
    }
  };
  const flush = phone.whenThereIsNetwork(async () => {
    try {
      for (const report of (await queued()).filter((each) => !each.fault)) await sendOne(report);
    } finally {
      await show();
    }
  });

  // 4. Without network the first page asks for the rest at once, and the report waits in the queue.
  const hasNetwork = async () => {
    try {
      return (await fetch("/lapor/stempel", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
    } catch {
      return false;
    }
  };

  // An officer's telephone: what is written here is for somebody else, also in the page that is kept.
  const OFFICER = "batt.officer";
  if (say.shell === undefined && say.officer !== undefined) {
    if (say.officer) localStorage.setItem(OFFICER, say.officer);
    else localStorage.removeItem(OFFICER);
  }
  const officer = () => localStorage.getItem(OFFICER);

  // A report that the server could not read comes back into the form, to be mended there.
  const mend = async (report) => {
    askForTheRest();
    for (const each of fields(form)) {
      const value = report.values[each.name];
      if (each.type === "radio" || each.type === "checkbox") each.checked = value === each.value;
      else each.value = value ?? "";
    }
    for (const name of ["lat", "lon", "accuracy", "origin"]) form.elements[name].value = report.values[name] ?? "";
    form.dispatchEvent(new CustomEvent("batt:restored", { detail: report.photo }));
    await remove(report.key);
  };
  const askForTheRest = () => {
    if (!offline || form.querySelector(".offline")) return;
    const rest = offline.content.cloneNode(true);
    if (!officer()) rest.querySelector(".behalf").remove();
    form.querySelector("button.first").before(rest);
    form.querySelector(".offline button").addEventListener("click", enqueue);
    form.querySelector(".offline h2").scrollIntoView({ block: "start" });
  };
  const enqueue = async () => {
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    delete values.change;
    if (officer()) values.officer = officer();
    await inStore("queue", "readwrite", (store) => store.add({ key: phone.newKey(), values, photo: photoOf(form) }));
    await inStore("typed", "readwrite", (store) => store.clear());
    form.reset();
    form.dispatchEvent(new Event("batt:forget"));
    form.querySelector(".offline").remove();
    await show();
    panel.scrollIntoView({ block: "start" });
    flush();
  };

  if (form) {
    form.addEventListener("input", keep);
    form.addEventListener("batt:changed", keep);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button.first");
      button.disabled = true;
      await keep();
      if (await hasNetwork()) return form.submit();
      button.disabled = false;
      if (form.dataset.step === "1") askForTheRest();
      else line(say.again);
    });
    addEventListener("pageshow", () => (form.querySelector("button.first").disabled = false));
    bringBack().catch(() => {});
  }
  if (say.sentNow !== undefined) inStore("typed", "readwrite", (store) => store.clear()).catch(() => {});
  show().then(flush).catch(() => {});
})();
