/* Making elements, and what changes about the whole page: theme and printing. */

/* el("td", {class: "n"}, child, "text"): text is text, never markup. */
function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {}))
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

function svg(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function tableOf(caption, heads, rows) {
  return el("div", { class: "scroll" }, el("table", {}, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...heads.map((head, i) => el("th", { scope: "col", class: i ? "n" : null }, head)))),
    el("tbody", {}, ...rows.map(row => el("tr", {},
      ...row.map((cell, i) => (i ? el("td", { class: "n" }, cell) : el("th", { scope: "row" }, cell))))))));
}

function details(title, make) {
  const made = el("details", { class: "more" }, el("summary", {}, title));
  made.addEventListener("toggle", () => {
    if (made.open && made.childElementCount === 1) made.append(make());
  });
  return made;
}

function choice(label, options, chosen, change) {
  const select = el("select", { onchange: () => change(select.value) },
    ...options.map(([value, text]) => el("option", { value, selected: String(value) === String(chosen) }, text)));
  return el("label", { class: "choice" }, label + " ", select);
}

function caseLink(one, text) {
  return el("a", { href: "#case=" + encodeURIComponent(one.id), class: "case" }, text || one.id);
}

const theme = { isPrinting: false };
const dark = matchMedia("(prefers-color-scheme: dark)");
theme.isDark = () => {
  if (theme.isPrinting) return false;
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : dark.matches;
};
theme.color = name => {
  const light = theme.isPrinting ? "--print-" : "--";
  const style = getComputedStyle(document.documentElement);
  return (style.getPropertyValue(light + name) || style.getPropertyValue("--" + name)).trim();
};

function themeButton() {
  const order = ["", "light", "dark"], say = { "": "as the system", light: "light", dark: "dark" };
  const button = el("button", { type: "button", id: "theme", onclick: () => {
    const next = order[(order.indexOf(document.documentElement.dataset.theme || "") + 1) % 3];
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    button.textContent = "Theme: " + say[next];
    redrawCharts();
  } }, "Theme: as the system");
  return button;
}

/* What is drawn when it comes into view, or before printing. */
const waiting = new Map();
const watcher = new IntersectionObserver(entries => {
  for (const entry of entries) if (entry.isIntersecting) drawNow(entry.target);
}, { rootMargin: "400px" });

function drawLater(place, draw) {
  waiting.set(place, draw);
  watcher.observe(place);
}

function drawNow(place) {
  const draw = waiting.get(place);
  watcher.unobserve(place);
  waiting.delete(place);
  if (draw) draw();
}
