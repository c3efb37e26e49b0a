// Searches the unknown words of a list while somebody types, and gives one meaning to all that are shown.
"use strict";

(() => {
  const plain = (text) => text.trim().replace(/\s+/g, " ").toLowerCase();
  const parts = (inside) => {
    const list = inside.closest("[data-words]");
    return { lines: [...list.querySelectorAll("[data-unknown] > p")], said: list.querySelector("[data-count]") };
  };

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("[data-find][data-whole]")) return;
    const { lines, said } = parts(field);
    const asked = plain(field.value);
    for (const line of lines) line.hidden = !plain(line.querySelector("[data-word]").textContent).includes(asked);
    said.textContent = said.dataset.count.replace("#", lines.filter((line) => !line.hidden).length);
  });

  // All words are on the page: there is nothing to ask the server.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-find][data-whole]")) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=all], button[name=find]");
    if (!button) return;
    const { lines, said } = parts(button);
    const find = button.closest("[data-words]").querySelector("[data-find]");
    if (button.name === "find") {
      if (find.matches("[data-whole]")) event.preventDefault();
      return;
    }
    event.preventDefault();
    const meaning = button.closest("[data-words]").querySelector("select[name^='all:']").value;
    if (!meaning) return;
    const shown = lines.filter((line) => !line.hidden);
    for (const line of shown) {
      line.querySelector("select").value = meaning;
      line.removeAttribute("data-state");
    }
    said.textContent = said.dataset.set.replace("#", shown.length);
  });
})();
