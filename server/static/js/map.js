// The map that can be moved, in place of the picture the server drew. Whatever fails here, the picture stays.
// What it needs is in data-map of the figure (templates/hub/map.html); places come from /points.json, largest first.

const LARGEST = 38;
const TARGET = 44; // The least a finger can hit.
const APART = 42; // Marks nearer to each other than this become one.
const CLOSEST = 9; // Nothing on the outline is finer.

const figure = document.querySelector("figure.map[data-map]");
if (figure?.querySelector("svg a") && !navigator.connection?.saveData) {
  enhance(figure, JSON.parse(figure.dataset.map)).catch(() => figure.querySelector(".live")?.remove());
}

async function enhance(figure, config) {
  const [places, outline] = await Promise.all([
    json(config.points).then((points) => points.places.map(readPlace)),
    json(config.outline),
    ...config.styles.map(style),
    ...config.scripts.map(script),
  ]);
  const sea = figure.querySelector(".sea");
  const live = element("div", "live", { role: "region", "aria-label": config.words.map });
  sea.append(live);
  const map = drawMap(live, config, places);
  window.L.polygon(rings(outline), { className: "land", interactive: false, smoothFactor: 0.5 }).addTo(map);
  const group = addPlaces(map, config, places);
  const panel = new Panel(figure, config, {
    isEast: (place) => map.latLngToContainerPoint(place.at).x > map.getSize().x / 2,
    returnTo: (place) => (iconOf(group, place) ?? live).focus(),
  });
  group.on("click keydown", (event) => chosen(event) && panel.open([event.layer.options.place]));
  group.on("clusterclick clusterkeydown", (event) => chosen(event) && openCluster(map, group, event, panel));
  nameLargest(map, group, places);
  map.on("moveend zoomend", () => nameLargest(map, group, places));
  // The picture keeps its room, so nothing on the page moves, but nobody reaches it any more.
  sea.classList.add("is-live");
  live.dataset.ready = "";
}

function readPlace([label, latitude, longitude, initiatives, calls, name]) {
  const comma = label.lastIndexOf(", ");
  const plain = comma < 0 ? label : label.slice(0, comma);
  return { label, at: [latitude, longitude], initiatives, calls, name: name ?? plain };
}

// Rings as server/taxonomy/outline.py reads them; what lies beyond the date line comes once more on the other side.
function rings({ stepsPerDegree, rings }) {
  const all = rings.map((coded) => {
    let x = 0, y = 0;
    const ring = [];
    for (let i = 0; i < coded.length; i += 2) {
      x += coded[i];
      y += coded[i + 1];
      ring.push([y / stepsPerDegree, x / stepsPerDegree]);
    }
    return ring;
  });
  const again = all.filter((ring) => ring.some(([, x]) => x < -165));
  return [...all, ...again.map((ring) => ring.map(([y, x]) => [y, x + 360]))];
}

function drawMap(live, { frame: [west, south, east, north], words }, places) {
  const L = window.L;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const frame = L.latLngBounds([south, west], [north, east]);
  const all = L.latLngBounds(frame.getSouthWest(), frame.getNorthEast());
  places.forEach((place) => all.extend(place.at));
  // Leaflet writes the size as attributes, which lose against any style sheet that speaks of all SVG.
  const Paper = L.SVG.extend({
    _update() {
      L.SVG.prototype._update.call(this);
      const { x, y } = this._bounds.getSize();
      Object.assign(this._container.style, { width: `${x}px`, height: `${y}px` });
    },
  });
  const map = L.map(live, {
    maxZoom: CLOSEST,
    maxBounds: all.pad(0.05),
    maxBoundsViscosity: 1,
    zoomSnap: 0,
    zoomControl: false,
    // The page stands below the map: a wheel or a finger that only passes by shall scroll the page.
    scrollWheelZoom: false,
    zoomAnimation: !still,
    markerZoomAnimation: !still,
    fadeAnimation: false,
    inertia: !still,
    renderer: new Paper({ padding: 0.5 }),
  });
  // The attribution stands below the map, with script and without.
  map.attributionControl.remove();
  L.control.zoom({ position: "topleft", zoomInTitle: words.closer, zoomOutTitle: words.farther }).addTo(map);
  map.fitBounds(frame, { animate: false });
  map.setMinZoom(map.getBoundsZoom(all));
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  if (L.Browser.mobile) {
    const whole = map.getZoom();
    const dragging = () => (map.getZoom() > whole + 0.1 ? map.dragging.enable() : map.dragging.disable());
    map.on("zoomend", dragging);
    dragging();
  }
  return map;
}

function addPlaces(map, { words, chosen }, places) {
  const L = window.L;
  const Spot = L.DivIcon.extend({
    options: { iconSize: [TARGET, TARGET], className: "spot" },
    createIcon() {
      const { initiatives, calls, name, others, isChosen } = this.options;
      const icon = element("div");
      const number = initiatives + calls;
      const size = Math.min(LARGEST, Math.round(12 + 6 * Math.sqrt(number - 1)));
      // The number is a drawing: read aloud and called by voice are the words of the label.
      const dot = element("span", "dot", others ? { "data-number": number } : {});
      dot.style.width = dot.style.height = `${others ? Math.max(size, 28) : size}px`;
      const shown = others ? `${name} +${others}` : name;
      icon.append(dot, element("span", "name", {}, shown));
      const places = others ? ` ${words.places}: ${others + 1}.` : "";
      const counted = `${words.initiatives}: ${initiatives}. ${words.calls}: ${calls}.`;
      icon.setAttribute("aria-label", `${shown}.${places} ${counted}`);
      dot.title = `${name}.${places} ${counted}`;
      if (isChosen) icon.setAttribute("aria-current", "true");
      this._setIconStyles(icon, "icon");
      return icon;
    },
  });
  const group = L.markerClusterGroup({
    // Clusters are made for whole zooms; ours begin where the frame fits, and go on from there.
    maxClusterRadius: APART * 2 ** (Math.round(map.getZoom()) - map.getZoom()),
    animate: false,
    showCoverageOnHover: false,
    zoomToBoundsOnClick: false,
    spiderfyOnMaxZoom: false,
    iconCreateFunction(cluster) {
      const inside = cluster.getAllChildMarkers().map((marker) => marker.options.place);
      const sum = (what) => inside.reduce((total, place) => total + place[what], 0);
      const first = largest(inside);
      const [initiatives, calls] = [sum("initiatives"), sum("calls")];
      // A name beside half a continent would be a lie.
      const leads = 3 * (first.initiatives + first.calls) >= initiatives + calls;
      return new Spot({
        className: leads ? "spot many" : "spot many nameless",
        name: first.name,
        others: inside.length - 1,
        initiatives,
        calls,
        isChosen: inside.some((place) => place.label === chosen),
      });
    },
  });
  group.addLayers(
    places.map((place) => {
      const isChosen = place.label === chosen;
      place.marker = L.marker(place.at, { place, icon: new Spot({ ...place, isChosen }) });
      return place.marker;
    }),
  );
  return group.addTo(map);
}

function largest(places) {
  return places.reduce((a, b) => (b.initiatives + b.calls > a.initiatives + a.calls ? b : a));
}

function chosen({ originalEvent: event }) {
  if (event.type !== "keydown") return true;
  if (event.key !== "Enter" && event.key !== " ") return false;
  event.preventDefault();
  return true;
}

// Nearer, until the places come apart; those that never do are listed.
function openCluster(map, group, { layer, originalEvent }, panel) {
  const places = layer.getAllChildMarkers().map((marker) => marker.options.place);
  if (map.getZoom() > CLOSEST - 0.5) {
    panel.open(places);
    return;
  }
  // The mark that had the focus is about to go.
  if (originalEvent.type === "keydown") {
    map.once("moveend", () => setTimeout(() => (iconOf(group, places[0]) ?? map.getContainer()).focus(), 0));
  }
  map.fitBounds(layer.getBounds(), { padding: [40, 40], maxZoom: map.getZoom() + 3 });
}

function iconOf(group, place) {
  return group.getVisibleParent(place.marker)?.getElement();
}

// Names beside the largest marks, as far as there is room, on the right or else on the left.
function nameLargest(map, group, places) {
  const size = map.getSize();
  const marks = new Map();
  for (const place of places) {
    const mark = group.getVisibleParent(place.marker);
    if (mark?.getElement() && !marks.has(mark)) marks.set(mark, map.latLngToContainerPoint(mark.getLatLng()));
  }
  const boxes = [...marks].map(([mark, { x, y }]) => {
    const icon = mark.getElement();
    const name = icon.querySelector(".name");
    const half = icon.querySelector(".dot").offsetWidth / 2;
    return { icon, x, y, half, width: name.offsetWidth + 4, height: name.offsetHeight / 2 };
  });
  const taken = boxes.map(({ x, y, half }) => [x - half, y - half, x + half, y + half]);
  for (const { icon, x, y, half, width, height } of boxes) {
    const right = [x + half + 2, y - height, x + half + 2 + width, y + height];
    const left = [x - half - 2 - width, y - height, x - half - 2, y + height];
    const free = (box) =>
      !icon.matches(".nameless") && box[0] > 0 && box[2] < size.x && box[1] > 0 && box[3] < size.y && !taken.some((other) => overlap(box, other));
    const box = [right, left].find(free);
    icon.classList.toggle("named", Boolean(box));
    icon.classList.toggle("left", box === left);
    icon.style.setProperty("--half", `${half}px`);
    if (box) taken.push(box);
  }
}

function overlap(a, b) {
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}

// What is in one place, or the names of several that no zoom can part.
class Panel {
  constructor(figure, config, map) {
    this.config = config;
    this.map = map;
    this.title = element("h2", "", { id: "here", tabindex: "-1" });
    this.content = element("div");
    this.box = element("section", "here", { role: "dialog", "aria-labelledby": "here", hidden: "" });
    const close = element("button", "", { type: "button", "aria-label": config.words.close }, "×");
    close.addEventListener("click", () => this.close());
    this.box.append(close, this.title, this.content);
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    figure.querySelector(".sea").after(this.box);
  }

  async open(places) {
    const { words } = this.config;
    const [place] = places;
    this.place = place;
    this.content.replaceChildren();
    this.title.textContent = place.name;
    // On the side where it does not hide what it speaks of.
    this.box.classList.toggle("west", this.map.isEast(place));
    this.box.hidden = false;
    this.title.focus({ preventScroll: true });
    if (places.length > 1) {
      this.title.textContent = `${words.places}: ${places.length}`;
      this.content.append(this.choices(places));
    } else {
      await this.fill(place);
    }
    this.box.scrollIntoView({ block: "nearest" });
  }

  choices(places) {
    const list = element("ul");
    for (const place of places) {
      const button = element("button", "", { type: "button" }, place.name);
      button.addEventListener("click", () => this.open([place]));
      const item = element("li");
      item.append(button);
      list.append(item);
    }
    return list;
  }

  async fill(place) {
    const { words, points } = this.config;
    const url = new URL(points, location.href);
    url.searchParams.set("place", place.label);
    const page = new URL(location.href);
    page.searchParams.set("place", place.label);
    page.searchParams.delete("after");
    page.hash = "calls";
    this.box.setAttribute("aria-busy", "true");
    let parts;
    try {
      const here = await json(url);
      parts = [
        ...listOf(words.calls, here.calls),
        ...listOf(words.initiatives, here.initiatives),
        paragraph("", link(page, here.list)),
      ];
    } catch {
      parts = [paragraph("", link(page, words.failed))];
    }
    // Somebody may have chosen another place meanwhile.
    if (this.place === place) {
      this.content.replaceChildren(...parts);
      this.box.removeAttribute("aria-busy");
    }
  }

  close() {
    this.box.hidden = true;
    this.map.returnTo(this.place);
  }
}

function listOf(title, items) {
  if (!items.length) return [];
  const list = element("ul");
  for (const [text, path, language, facts] of items) {
    const item = element("li");
    const name = element("bdi", "", { lang: language }, text);
    item.append(link(local(path), name), ...(facts ? [paragraph("facts", facts)] : []));
    list.append(item);
  }
  return [element("h3", "", {}, title), list];
}

// A language chosen by hand travels along, as it does in the links of the page.
function local(path) {
  const url = new URL(path, location.href);
  const chosen = new URL(location.href).searchParams.get("lang");
  if (chosen) url.searchParams.set("lang", chosen);
  return url;
}

function link(address, content) {
  const made = element("a", "", { href: address });
  made.append(content);
  return made;
}

function paragraph(className, content) {
  const made = element("p", className);
  made.append(content);
  return made;
}

function element(tag, className = "", attributes = {}, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

async function json(address) {
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// In the order of the list, whichever arrives first: the second needs the first.
function script(address) {
  return loaded(Object.assign(document.createElement("script"), { src: address, async: false }));
}

function style(address) {
  return loaded(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address }));
}

function loaded(made) {
  return new Promise((resolve, reject) => {
    made.onload = resolve;
    made.onerror = reject;
    document.head.append(made);
  });
}
