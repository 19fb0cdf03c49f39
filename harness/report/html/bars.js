/* Small pictures that need no library: strips of samples, bars in tables, stacked regions. */
const STRIP = { width: 180, height: 26 };

function stripLabel(metric, now, before) {
  const name = metric.label + ": " + inUnit(metric.kind, now.median) + ", " + (now.isExact
    ? now.count + (now.count === 1 ? " sample" : " equal samples")
    : now.count + " samples from " + inUnit(metric.kind, now.min) + " to " + inUnit(metric.kind, now.max));
  return before ? name + "; baseline " + inUnit(metric.kind, before.median) : name;
}

/* Samples as dots along one scale, the baseline's above. Equal ones are one tick with their number; where samples were
   left out there is a line from the least to the greatest. */
function strip(metric, now, before) {
  const all = before ? now.values.concat(before.values) : now.values;
  let low = Math.min(...all), high = Math.max(...all);
  const isFlat = low === high;
  if (isFlat) [low, high] = [low - 1, high + 1];
  const at = value => 8 + ((value - low) / (high - low)) * (STRIP.width - 16);
  const made = svg("svg", { class: "strip", viewBox: "0 0 " + STRIP.width + " " + STRIP.height, width: STRIP.width,
    height: STRIP.height, role: "img", "aria-label": stripLabel(metric, now, before) });
  made.append(svg("line", { x1: 0, x2: STRIP.width, y1: STRIP.height / 2, y2: STRIP.height / 2, class: "rule" }));
  const put = (of, y, look) => {
    if (of.isExact || isFlat) {
      made.append(svg("rect", { x: at(of.median) - 2, y: y - 6, width: 4, height: 12, class: look }));
      if (of.isExact && of.count > 1)
        made.append(svg("text", { x: at(of.median) + (at(of.median) > 90 ? -7 : 7), y: y + 4, class: "times", "text-anchor": at(of.median) > 90 ? "end" : "start" }, "all " + of.count));
      return;
    }
    if (of.isReduced)
      made.append(svg("line", { x1: at(of.min), x2: at(of.max), y1: y, y2: y, class: look + " range" }));
    else of.values.forEach((value, i) =>
      made.append(svg("circle", { cx: at(value), cy: y + ((i * 7) % 5) - 2, r: 2.5, class: look + " dot" })));
    made.append(svg("line", { x1: at(of.median), x2: at(of.median), y1: y - 6, y2: y + 6, class: look + " middle" }));
  };
  if (before) put(before, 7, "was");
  put(now, before ? 19 : 13, "is");
  return made;
}

/* A cell with a bar as long as its part of the greatest, and the number. */
function barCell(kind, value, greatest, look) {
  const part = greatest > 0 && value > 0 ? value / greatest : 0;
  const picture = svg("svg", { class: "bar " + (look || ""), viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { x: 0, y: 0, width: Math.max(part * 100, part > 0 ? 0.8 : 0), height: 10 }));
  return el("td", { class: "n barred" }, picture, el("span", {}, inUnit(kind, value)));
}

/* A table of bars: rows {head, values}, one scale for all columns that share a kind. */
function barTable(caption, headName, columns, rows) {
  const greatest = kind => Math.max(0, ...rows.flatMap(row => row.values.filter((value, i) => columns[i].kind === kind && value !== null)));
  const scale = new Map(columns.map(column => [column.kind, greatest(column.kind)]));
  return el("div", { class: "scroll" }, el("table", { class: "bars" }, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, headName), ...columns.map(column => el("th", { scope: "col", class: "n" }, column.head)))),
    el("tbody", {}, ...rows.map(row => el("tr", {}, el("th", { scope: "row" }, row.head),
      ...(row.message ? [el("td", { colspan: columns.length, class: "note" }, row.message)]
        : row.values.map((value, i) => (value === null ? el("td", { class: "n" }, "–")
          : barCell(columns[i].kind, value, scale.get(columns[i].kind), columns[i].look)))))))));
}

/* Parts of one whole side by side: {name, value, isHatched}. Those below zero are listed and not drawn. */
function stacked(label, parts) {
  const drawn = parts.filter(part => part.value > 0), total = drawn.reduce((sum, part) => sum + part.value, 0);
  const made = svg("svg", { class: "stack", viewBox: "0 0 1000 40", preserveAspectRatio: "none", role: "img", "aria-label":
    label + ": " + parts.map(part => part.name + " " + bytes(part.value)).join(", ") });
  const legend = el("ul", { class: "legend" });
  let x = 0;
  parts.forEach((part, i) => {
    const look = part.isHatched ? "unexplained" : "part" + (i % 7);
    if (part.value > 0) {
      const width = (part.value / total) * 1000;
      const box = svg("rect", { x, y: 0, width, height: 40, class: look });
      box.append(svg("title", {}, part.name + ": " + bytes(part.value)));
      made.append(box);
      for (let stripe = x; part.isHatched && stripe < x + width - 4; stripe += 12)
        made.append(svg("line", { x1: stripe, y1: 40, x2: Math.min(stripe + 12, x + width), y2: 0, class: "hatch" }));
      x += width;
    }
    legend.append(el("li", {}, el("span", { class: "swatch " + look, "aria-hidden": "true" }), part.name + " ", el("b", {}, bytes(part.value))));
  });
  return el("div", {}, made, legend);
}
