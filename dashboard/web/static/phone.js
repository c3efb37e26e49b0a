// What the citizens' form and the responders' pages share on a telephone: a store of its own that outlives the page,
// keys by which the server knows a second try, smaller photos, and the moments when the network may be back.
// With data-worker it registers the service worker, so that the pages open without network after the first visit.
"use strict";

(() => {
  const LONGEST = 1600;
  const QUALITY = 0.7;
  const EVERY_MS = 30000;
  const { worker, scope } = document.currentScript.dataset;

  const battPhone = {
    // A database with these object stores; the answer asks one of them: inStore(name, mode, store => request).
    open(name, stores) {
      const opened = new Promise((done, fail) => {
        const asked = indexedDB.open(name, 1);
        asked.onupgradeneeded = () => {
          for (const [store, options] of Object.entries(stores)) asked.result.createObjectStore(store, options);
        };
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error);
      });
      return async (store, mode, work) => {
        const change = (await opened).transaction(store, mode);
        const asked = work(change.objectStore(store));
        return new Promise((done, fail) => {
          change.oncomplete = () => done(asked.result);
          change.onabort = change.onerror = () => fail(change.error || asked.error);
        });
      };
    },

    // crypto.randomUUID is there by https only.
    newKey() {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      bytes[6] = (bytes[6] & 15) | 64;
      bytes[8] = (bytes[8] & 63) | 128;
      return [...bytes].map((each, n) => ([4, 6, 8, 10].includes(n) ? "-" : "") + each.toString(16).padStart(2, "0")).join("");
    },

    // A smaller copy of a photo; the photo itself where it is small already. Fails where the browser cannot read it.
    async shrink(file) {
      const image = await createImageBitmap(file);
      const share = Math.min(1, LONGEST / Math.max(image.width, image.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * share);
      canvas.height = Math.round(image.height * share);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
      return blob && blob.size < file.size ? new File([blob], "foto.jpg", { type: "image/jpeg" }) : file;
    },

    put(input, file) {
      const files = new DataTransfer();
      files.items.add(file);
      input.files = files.files;
    },

    // Calls `flush` when there may be network, never twice at the same time. What fails is tried again at the next look.
    whenThereIsNetwork(flush) {
      let busy = false;
      const look = async () => {
        if (busy || document.hidden) return;
        busy = true;
        try {
          await flush();
        } catch {
          // no network still
        } finally {
          busy = false;
        }
      };
      addEventListener("online", look);
      document.addEventListener("visibilitychange", look);
      setInterval(look, EVERY_MS);
      return look;
    },
  };
  window.battPhone = battPhone;

  if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker, { scope }).catch(() => {});
})();
