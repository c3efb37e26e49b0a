// What is typed in a dead zone stays on the telephone and is sent once, when the network is back and the person says so.
// The page works without it.
"use strict";

(() => {
  const PREFIX = "batt.draft.";
  const store = window.localStorage;

  for (const link of document.querySelectorAll("[data-text]"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const field = link.closest("form").querySelector("textarea");
      field.value = field.value.trim() ? `${field.value.trimEnd()}\n${link.dataset.text}` : link.dataset.text;
      field.dispatchEvent(new Event("input"));
      field.focus();
    });

  for (const form of document.querySelectorAll("form[data-draft]")) {
    const key = PREFIX + form.dataset.draft;
    const field = form.querySelector("textarea");
    const kept = form.querySelector("[data-kept]");
    const before = store.getItem(key);
    if (before && !field.value) {
      field.value = before;
      form.closest("details").open = true;
      kept.hidden = false;
    }
    field.addEventListener("input", () => {
      if (field.value) store.setItem(key, field.value);
      else store.removeItem(key);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.sent) return;
      form.dataset.sent = "1";
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
        const page = await answer.text();
        if (answer.redirected && answer.ok) {
          store.removeItem(key);
          location.assign(answer.url);
        } else {
          // Refused: the same page with the reason, and what was typed.
          document.open();
          document.write(page);
          document.close();
        }
      } catch {
        kept.hidden = false;
        delete form.dataset.sent;
        button.disabled = false;
      }
    });
  }

  const drafts = document.querySelector("[data-drafts]");
  if (drafts) {
    const codes = new Set(
      Object.keys(store)
        .filter((key) => key.startsWith(PREFIX))
        .map((key) => key.slice(PREFIX.length).split(".")[0])
    );
    for (const code of codes) {
      const link = document.createElement("a");
      link.href = `/respon/${encodeURIComponent(code)}`;
      link.textContent = code;
      drafts.append(link, " ");
    }
    if (codes.size) {
      drafts.prepend(`${drafts.dataset.drafts} `);
      drafts.hidden = false;
    }
  }
})();
