/* Lifecycles: what was there at each mark, and which regions hold what is there at the end of run. */
const LIFE_COLORS = ["is", "series2", "series3"];

function lifeTable(one, marks) {
  const kinds = data.markQuantities;
  return tableOf(one.id + ": at each mark, above the start of the window", ["mark", ...kinds.map(name => metricOf("cold_" + name).label.replace("cold ", ""))],
    marks.map(mark => [mark.name, ...kinds.map((name, i) => {
      const of = summary(mark.series[i]);
      return of ? inUnit("bytes", of.median) : "–";
    })]));
}

function lifeChart(one, marks, window) {
  const names = ["start", ...marks.map(mark => mark.name)];
  const shown = data.markQuantities.map((name, i) => ({ name, i })).filter(({ i }) => marks.some(mark => mark.series[i]));
  const last = names.length - 1;
  const columns = [names.map((name, i) => i), ...shown.map(({ i }) => [0, ...marks.map(mark => (mark.series[i] ? summary(mark.series[i]).median : null))])];
  columns.forEach((column, i) => column.push(i ? column[last] : last + 0.4)); /* so that the last step has a tread */
  const points = names.map((name, i) => i);
  const label = name => metricOf("cold_" + name).label.replace("cold ", "");
  const say = index => names[index] + ": " + shown.map(({ name }, k) => label(name) + " " + inUnit("bytes", columns[k + 1][index])).join(", ");
  const short = name => (name.length > 17 ? name.slice(0, 16) + "…" : name);
  const make = width => {
    const isNarrow = width < 120 + names.length * 26;
    return { values: columns, options: {
      width, height: 320, padding: [10, 14, 0, 0],
      scales: { x: { time: false, range: [0, last + 0.4] }, y: { range: (u, low, high) => [Math.min(0, low), high <= 0 ? 1 : high * 1.08] } },
      axes: [axisOf({ rotate: isNarrow ? 0 : -42, size: isNarrow ? 30 : 30 + 4.4 * Math.min(17, Math.max(...names.map(name => name.length))), splits: () => points, values: (u, at) => at.map(i => (isNarrow ? (i % 2 ? "" : i) : short(names[i]))) }), valueAxis("bytes")],
      series: [{}, ...shown.map((of, k) => ({ stroke: theme.color(LIFE_COLORS[k]), width: 2, dash: k === 1 ? [6, 3] : k === 2 ? [2, 3] : undefined, spanGaps: true,
        paths: uPlot.paths.stepped({ align: 1 }), points: { show: true, size: 6, fill: theme.color(LIFE_COLORS[k]), filter: () => points } }))],
    } };
  };
  const made = chart(one.id + (window === 0 ? ", first use" : ", steady"), points, say, make);
  const legend = el("ul", { class: "legend" }, ...shown.map(({ name }, k) =>
    el("li", {}, el("span", { class: "swatch line" + k, "aria-hidden": "true" }), label(name))));
  made.append(legend, details("As a table", () => lifeTable(one, marks)));
  return made;
}

/* Regions of one name count together; where they overlap the worker has counted each page once. */
function regionParts(one, window) {
  const parts = [];
  for (const region of one.regions(window)) {
    if (region.resident === null) return null;
    const same = parts.find(part => part.name === region.name);
    if (same) {
      same.value += region.resident;
      same.nominal += region.nominal;
    } else parts.push({ name: region.name, value: region.resident, nominal: region.nominal });
  }
  if (!parts.length) return null;
  const together = one.counts(window).find(count => count.name === data.togetherName);
  const sum = parts.reduce((all, part) => all + part.value, 0), covered = together && together.of ? together.of.median : sum;
  const anon = one.series(metricOf((window === 0 ? "cold_" : "steady_") + "anon_delta_bytes").index);
  return { parts, covered, overlap: sum - covered, unexplained: anon ? anon.median - covered : null };
}

function lifeRegions(one, window) {
  const found = regionParts(one, window);
  if (!found) return null;
  const parts = found.parts.filter(part => part.value !== 0).sort((a, b) => b.value - a.value);
  if (found.unexplained !== null) parts.push({ name: "unexplained", value: found.unexplained, isHatched: true });
  const notes = [];
  if (found.overlap > 0) notes.push("Regions overlap by " + bytes(found.overlap) + ", which is drawn twice and counted once.");
  if (found.unexplained < 0) notes.push("Unexplained is below zero: regions hold pages of files, or pages that were there before.");
  return el("div", { class: "regions" }, el("p", { class: "said" }, "Resident at the end of run, by region:"), stacked("Regions of " + one.id, parts),
    ...notes.map(note => el("p", { class: "note" }, note)),
    details("As a table", () => tableOf("Regions of " + one.id, ["region", "nominal", "resident"],
      [...found.parts.map(part => [part.name, bytes(part.nominal), bytes(part.value)]),
        ...(found.unexplained !== null ? [["unexplained", "", bytes(found.unexplained)]] : [])])));
}

/* Both windows look alike, mostly: the first use is what a lifecycle is about, the other is there to be opened. */
function lifecycle(one) {
  const draw = window => {
    const marks = one.marks(window), made = el("div", {});
    if (marks.length) made.append(hasCharts ? lifeChart(one, marks, window) : lifeTable(one, marks));
    const regions = lifeRegions(one, window);
    if (regions) made.append(regions);
    return made.childElementCount ? made : null;
  };
  const first = draw(0);
  if (!first) return draw(1);
  return el("div", { class: "life" }, first, one.marks(1).length ? details("Steady window", () => draw(1)) : null);
}
const hasLife = one => one.isOk && !one.isGone && ((one.raw.marks || []).length > 0 || (one.raw.regions || []).length > 0);
