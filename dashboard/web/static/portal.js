// The first page of the citizens' form: shrinks the photo, asks for the position, sets a pin. Nothing needs it.
"use strict";

(() => {
  const form = document.getElementById("place");
  if (!form) return;
  const ROUGH_M = 100;
  const field = (name) => form.elements[name];
  const told = document.getElementById("located");
  document.querySelector(".script-only").hidden = false;

  // 1. The photo: a smaller copy takes its place. A browser that cannot sends it as it is.
  const preview = document.querySelector(".preview");
  const show = (file) => {
    const image = preview.querySelector("img");
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    preview.hidden = false;
  };
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.closest(".file").classList.add("scripted");
    input.addEventListener("change", async () => {
      const file = input.files[0];
      if (!file) return;
      for (const other of form.querySelectorAll("input[type=file]")) if (other !== input) other.value = "";
      try {
        const smaller = await window.battPhone.shrink(file);
        window.battPhone.put(input, smaller);
        show(smaller);
      } catch {
        show(file);
      }
      if (input.name === "camera" && !field("lat").value) locate();
      form.dispatchEvent(new Event("batt:changed"));
    });
  }

  form.addEventListener("batt:forget", () => {
    for (const name of ["lat", "lon", "accuracy", "origin"]) field(name).value = "";
    preview.hidden = true;
    say("");
    draw();
  });
  form.addEventListener("batt:restored", ({ detail: photo }) => {
    if (photo && !form.querySelector(".kept")) {
      window.battPhone.put(field("photo"), photo);
      show(photo);
    }
    if (field("lat").value) place(field("lat").value, field("lon").value, field("accuracy").value, field("origin").value);
  });

  // 2. The position.
  const say = (key, values = {}) => {
    let text = told.dataset[key] || "";
    for (const [name, value] of Object.entries(values)) text = text.replace(`{${name}}`, value);
    told.textContent = text;
    if (!field("lat").value) return;
    const forget = document.createElement("button");
    forget.type = "button";
    forget.className = "quiet";
    forget.textContent = told.dataset.forget;
    forget.addEventListener("click", () => place("", "", "", ""));
    told.append(" ", forget);
  };
  const place = (lat, lon, accuracy, origin) => {
    field("lat").value = lat;
    field("lon").value = lon;
    field("accuracy").value = accuracy;
    field("origin").value = origin;
    if (!origin) say("");
    else if (origin === "pin") say("pinned");
    else say(accuracy > ROUGH_M ? "rough" : "exact", { n: Math.round(accuracy) });
    if (accuracy > ROUGH_M) openMap();
    draw();
    form.dispatchEvent(new Event("batt:changed"));
  };
  const locate = () => {
    if (!navigator.geolocation) return say("denied");
    say("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => place(coords.latitude.toFixed(6), coords.longitude.toFixed(6), Math.round(coords.accuracy), "gps"),
      () => say("denied"),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  };
  document.getElementById("locate").addEventListener("click", locate);

  // 3. The map of the villages, fetched when somebody wants it. Arrow keys move the pin, too.
  const map = document.getElementById("map");
  const opener = document.getElementById("open-map");
  let svg = null;
  let pin = null;
  const openMap = async () => {
    map.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    if (svg) return;
    const answer = await fetch(map.dataset.src).catch(() => null);
    if (!answer || !answer.ok) return;
    svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    map.replaceChildren(document.importNode(svg, true));
    svg = map.querySelector("svg");
    pin = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    pin.setAttribute("r", "11");
    draw();
  };
  const number = (name) => Number(svg.dataset[name]);
  const draw = () => {
    if (!svg) return;
    const lat = field("lat").value;
    if (!lat) return pin.remove();
    pin.setAttribute("cx", (Number(field("lon").value) - number("west")) * number("across"));
    pin.setAttribute("cy", (number("north") - Number(lat)) * number("down"));
    svg.append(pin);
  };
  const setPin = (x, y) => {
    place((number("north") - y / number("down")).toFixed(6), (number("west") + x / number("across")).toFixed(6), "", "pin");
  };
  map.addEventListener("click", (event) => {
    if (!svg) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    setPin(at.x, at.y);
  });
  const STEPS = { ArrowLeft: [-4, 0], ArrowRight: [4, 0], ArrowUp: [0, -4], ArrowDown: [0, 4] };
  map.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || !svg) return;
    event.preventDefault();
    const box = svg.viewBox.baseVal;
    const [x, y] = pin.isConnected ? [pin.cx.baseVal.value, pin.cy.baseVal.value] : [box.width / 2, box.height / 2];
    setPin(x + step[0], y + step[1]);
  });
  opener.addEventListener("click", () => {
    if (map.hidden) return openMap();
    map.hidden = true;
    opener.setAttribute("aria-expanded", "false");
  });
  if (field("lat").value) place(field("lat").value, field("lon").value, field("accuracy").value, field("origin").value);
})();
