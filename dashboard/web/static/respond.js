// What a responder types where there is no network stays on the telephone and is sent once when the network is back: each
// command has a key, which the server takes once. The pages work without it.
//
// Kept on the telephone: commands that wait, text that was begun, and the last list of cases, without words or reporters
// (of a private case its code alone). All of it belongs to the account that made it; logging out forgets the list.
"use strict";

(() => {
  for (const link of document.querySelectorAll("[data-text]"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const field = link.closest("form").querySelector("textarea");
      field.value = field.value.trim() ? `${field.value.trimEnd()}\n${link.dataset.text}` : link.dataset.text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });

  const phone = window.battPhone;
  const panel = document.getElementById("unsent");
  if (!phone || !panel || !window.indexedDB) return;
  const say = panel.dataset;
  const PATIENCE_MS = 60000;
  const LIST_LASTS_MS = 12 * 3600000;
  const LIST_EVERY_MS = 300000;
  const shell = document.getElementById("offline");
  const inStore = phone.open("batt-respon", { typed: undefined, queue: { keyPath: "key" }, kept: undefined });
  const read = (store, work) => inStore(store, "readonly", work);
  const write = (store, work) => inStore(store, "readwrite", work);
  const queued = async () => (await read("queue", (store) => store.getAll())).sort((one, other) => one.at - other.at);
  const ask = (address, options = {}) =>
    fetch(address, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  let mark = say.mark;
  let overAt = false;
  let listAsked = false; // each visit of the queue renews the list that is kept

  // 1. What is shown of it.
  const element = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });
  const caseLink = (code) => element("a", code, { href: `/respon/${encodeURIComponent(code)}` });
  const show = async () => {
    const all = (await queued()).filter((each) => each.mark === mark || !mark);
    const others = (await queued()).length - all.length;
    const waiting = all.filter((each) => !each.fault);
    const lines = all.filter((each) => each.fault).map(refusedLine);
    if (overAt && waiting.length) {
      const line = element("p", `${say.login} `);
      line.append(element("a", say.doLogin, { href: "/masuk?ke=%2Frespon" }));
      lines.unshift(line);
    }
    if (others) lines.push(element("p", say.other.replace("{n}", others)));
    panel.querySelector("b").textContent = waiting.length ? say.count.replace("{n}", waiting.length) : "";
    panel.querySelector(".why").hidden = !waiting.length || overAt;
    panel.querySelector(".lines").replaceChildren(...lines);
    panel.hidden = !waiting.length && !lines.length;
  };
  const refusedLine = (each) => {
    const line = element("p", "");
    const drop = element("button", say.drop, { type: "button", className: "quiet" });
    drop.addEventListener("click", async () => {
      await forget(each);
      await write("typed", (store) => store.delete(`${each.code}.${each.kind}`));
      await show();
    });
    line.append(caseLink(each.code), ` ${each.label}: ${each.fault} `, drop);
    return line;
  };
  const forget = (each) => write("queue", (store) => store.delete(each.key));

  // 2. The commands of a page's forms.
  const bind = async (form) => {
    const { code, command } = form.dataset;
    const name = `${code}.${command}`;
    const field = form.querySelector("textarea");
    const photo = form.querySelector("input[type=file]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form).catch(() => delete form.dataset.busy);
    });
    if (photo)
      photo.addEventListener("change", async () => {
        if (photo.files[0]) await phone.shrink(photo.files[0]).then((smaller) => phone.put(photo, smaller), () => {});
      });
    if (!field) return;
    field.addEventListener("input", () =>
      write("typed", (store) => (field.value ? store.put({ mark, text: field.value }, name) : store.delete(name))).catch(() => {}),
    );
    const before = await read("typed", (store) => store.get(name));
    if (before && before.mark === mark && !field.value) {
      field.value = before.text;
      form.closest("details").open = true;
      form.querySelector("[data-kept]").hidden = false;
    }
  };

  // The case is another agency's now: what was typed can be copied or dropped.
  const bindNotOurs = async () => {
    const section = document.querySelector("[data-not-ours]");
    if (!section) return;
    const range = IDBKeyRange.bound(`${section.dataset.notOurs}.`, `${section.dataset.notOurs}/`, false, true);
    const texts = (await read("typed", (store) => store.getAll(range))).filter((each) => each.mark === mark);
    if (!texts.length) return;
    const field = section.querySelector("textarea");
    field.value = texts.map((each) => each.text).join("\n\n");
    field.closest("label").hidden = false;
    const drop = section.querySelector("[data-drop]");
    drop.hidden = false;
    drop.addEventListener("click", async () => {
      await write("typed", (store) => store.delete(range));
      location.assign("/respon");
    });
  };

  const send = async (form) => {
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    const { code, command } = form.dataset;
    form.dataset.key ||= phone.newKey();
    const waits = (await queued()).some((each) => each.code === code && !each.fault);
    if (shell || waits || !(await sendNow(form))) {
      await enqueue(form);
      await write("typed", (store) => store.delete(`${code}.${command}`));
    }
    delete form.dataset.busy;
  };

  // True when the server has decided; false when it could not be asked, or does not know the session any more.
  const sendNow = async (form) => {
    const body = new FormData(form);
    body.set("key", form.dataset.key);
    let answer;
    let page;
    try {
      answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MS) });
      page = await answer.text();
    } catch {
      return false;
    }
    if (answer.redirected && answer.ok && new URL(answer.url).pathname.startsWith("/respon")) {
      for (const each of await queued())
        if (each.fault && each.code === form.dataset.code && each.kind === form.dataset.command) await forget(each);
      await write("typed", (store) => store.delete(`${form.dataset.code}.${form.dataset.command}`));
      location.assign(answer.url);
      return true;
    }
    if (![404, 409, 413, 422].includes(answer.status)) return false;
    // Refused: the same page with the reason, and what was typed.
    document.open();
    document.write(page);
    document.close();
    return true;
  };

  const enqueue = async (form) => {
    const { code, command, key, label } = form.dataset;
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const photo = form.querySelector("input[type=file]")?.files[0];
    await write("queue", (store) =>
      store.put({ key, code, kind: command, label, mark, seen: Number(values.seen), at: Date.now(), values, photo }),
    );
    delete form.dataset.key;
    form.reset();
    const details = form.closest("details");
    if (details) details.open = false;
    await show();
    panel.scrollIntoView({ block: "start" });
    flush();
  };

  // 3. The queue, in order for each case. A command counts on the version to which the one before it led.
  const sendOne = async (each, seal) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(each.values)) body.set(name, value);
    body.set("seen", each.seen);
    body.set("key", each.key);
    if (each.photo) body.set("photo", each.photo, "foto.jpg");
    const address = `/respon/${encodeURIComponent(each.code)}?csrf=${encodeURIComponent(seal.csrf)}`;
    const answer = await ask(address, { method: "POST", body, headers: { "X-Queue": "1" } });
    if (answer.ok) return answer.json();
    if ([404, 409, 413, 422].includes(answer.status)) {
      each.fault = answer.status === 409 || answer.status === 422 ? (await answer.json()).said : say.gone;
      await write("queue", (store) => store.put(each));
      const name = `${each.code}.${each.kind}`;
      if (each.values.text) await write("typed", (store) => store.put({ mark: each.mark, text: each.values.text }, name));
      return null;
    }
    overAt = overAt || [400, 401, 403].includes(answer.status) || answer.type === "opaqueredirect";
    throw new Error(String(answer.status));
  };

  const sendAll = async () => {
    const waiting = (await queued()).filter((each) => !each.fault);
    if (!waiting.length) return refreshList();
    const answer = await ask("/respon/segel", { headers: { "X-Fragment": "1" } });
    overAt = answer.type === "opaqueredirect" || [401, 403].includes(answer.status);
    if (!answer.ok) return;
    const seal = await answer.json();
    mark = seal.mark;
    const stuck = new Set();
    let last = null;
    for (const each of waiting.filter((one) => one.mark === mark)) {
      if (stuck.has(each.code)) continue;
      const told = await sendOne(each, seal);
      if (!told) {
        stuck.add(each.code);
        continue;
      }
      await forget(each);
      for (const later of waiting)
        if (later.code === each.code && later.seen === each.seen && later.at > each.at) {
          later.seen = told.version;
          await write("queue", (store) => store.put(later));
        }
      last = { code: each.code, address: told.address };
    }
    const here = document.querySelector("form[data-command]")?.dataset.code;
    const left = (await queued()).some((each) => !each.fault && each.mark === mark);
    if (last && !left && (shell || !here || here === last.code)) location.assign(last.address);
  };
  const flush = phone.whenThereIsNetwork(() => sendAll().finally(show));

  // 4. The last list of cases, for the time without network.
  const listOf = async () => {
    const list = await read("kept", (store) => store.get("list"));
    if (!list || (Date.now() - list.at < LIST_LASTS_MS && (!say.mark || list.mark === say.mark))) return list;
    await write("kept", (store) => store.clear());
    return undefined;
  };
  const refreshList = async () => {
    const list = await listOf();
    const asked = listAsked || !document.querySelector("[data-room]");
    if (shell || (asked && list && Date.now() - list.at < LIST_EVERY_MS)) return;
    listAsked = true;
    const answer = await ask("/respon/simpan", { headers: { "X-Fragment": "1" } });
    if (!answer.ok) return;
    const told = await answer.json();
    await write("kept", (store) => store.put({ ...told, at: Date.now() }, "list"));
  };
  for (const form of document.querySelectorAll('form[action$="/keluar"]'))
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      write("kept", (store) => store.clear()).finally(() => form.submit());
    });

  // 5. In the empty page: the list, or the commands of one case of it.
  const drawShell = (list) => {
    const cases = list ? list.cases : [];
    const code = decodeURIComponent(location.pathname.split("/")[2] || "");
    const found = cases.find((each) => each.code === code);
    const told = (each) => [each.category, each.village, each.state, each.due].filter(Boolean).join(" · ");
    const part = (className, text) => element("span", text, { className });
    if (found) {
      const forms = document.getElementById("offline-case").content.cloneNode(true);
      forms.querySelector("h1").textContent = code;
      forms.querySelector("[data-about]").textContent = told(found);
      for (const form of forms.querySelectorAll("form[data-command]")) {
        if (!found.can.includes(form.dataset.command)) {
          (form.closest("details") || form).remove();
          continue;
        }
        form.dataset.code = code;
        form.elements.seen.value = found.version;
      }
      shell.replaceChildren(forms);
      return;
    }
    const lines = cases.map((each) => {
      const line = element("li", "");
      const link = Object.assign(caseLink(each.code), { textContent: "" });
      const title = part("title", "");
      title.append(element("b", each.category || each.code));
      link.append(title, part("where muted", each.village || ""), part("line", each.due || ""));
      link.append(part("code muted", `${each.code} · ${each.state}`));
      line.append(link);
      return line;
    });
    if (lines.length) shell.querySelector("ol").replaceChildren(...lines);
    shell.querySelector("[data-none]").hidden = !!lines.length;
  };

  const begin = async () => {
    const list = await listOf();
    if (shell) {
      mark = list ? list.mark : "";
      drawShell(list);
    }
    await Promise.all([...document.querySelectorAll("form[data-command]")].map(bind));
    await bindNotOurs();
    const drafts = document.querySelector("[data-drafts]");
    if (drafts) {
      const names = await read("typed", (store) => store.getAllKeys());
      const codes = new Set(names.map((name) => String(name).split(".")[0]));
      drafts.append(`${drafts.dataset.drafts} `, ...[...codes].flatMap((code) => [caseLink(code), " "]));
      drafts.hidden = !codes.size;
    }
    await show();
    await flush();
  };
  begin().catch(() => {});
})();
