// The service worker of a form: keeps its empty page with what that needs, and shows it where there is no network.
// Nothing else is kept: no page with anything of a person in it. `KEPT` stands above, written by the server:
// {name, shell, pages, files}. Another content has another name, and replaces what was kept before.
"use strict";

const PATIENCE_MS = 8000;
const FAMILY = KEPT.name.split("@")[0];

self.addEventListener("install", (event) => {
  const fresh = [KEPT.shell, ...KEPT.files].map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT.name).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(`${FAMILY}@`) && name !== KEPT.name);
    await Promise.all(names.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

const kept = async (address) => (await caches.open(KEPT.name)).match(address);

const pageOrShell = async (request) => {
  const answer = fetch(request);
  answer.catch(() => {});
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE_MS));
  try {
    return await Promise.race([answer, late]);
  } catch {
    return (await kept(KEPT.shell)) || answer;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (KEPT.pages.some((page) => new RegExp(page).test(pathname))) event.respondWith(pageOrShell(request));
  } else if (KEPT.files.includes(pathname + search)) {
    event.respondWith(kept(request.url).then((found) => found || fetch(request)));
  }
});
