// Warns of a file that is too big before it is sent; sends a form only once.
"use strict";

(() => {
  const form = document.querySelector("form[data-most]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const big = form.querySelector("[data-big]");
  const words = button.textContent;
  let sent = false;

  const isBig = () => [...input.files].some((file) => file.size > Number(form.dataset.most));

  input.addEventListener("change", () => (big.hidden = !isBig()));

  form.addEventListener("submit", (event) => {
    if (sent || isBig()) {
      event.preventDefault();
      return;
    }
    sent = true;
    button.disabled = true;
    button.textContent = button.dataset.busy;
  });

  // The page may come back as it was left.
  addEventListener("pageshow", () => {
    sent = button.disabled = false;
    button.textContent = words;
  });
})();
