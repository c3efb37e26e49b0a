/* Stands in the page itself: a wall of which a file did not arrive loads again, as soon as the server gives the page. */
(function () {
  "use strict";
  const LOOK_EVERY_MS = 30000;
  let failed = false;
  const note = ({ target }) => (failed = failed || target instanceof HTMLLinkElement || target instanceof HTMLScriptElement);
  window.addEventListener("error", note, true);
  setInterval(function () {
    const link = window.batt && window.batt.link;
    if (!failed && link && link.ready) return;
    fetch(window.location.href, { cache: "no-store" })
      .then((answer) => answer.ok && window.location.reload())
      .catch(() => undefined);
  }, LOOK_EVERY_MS);
})();
