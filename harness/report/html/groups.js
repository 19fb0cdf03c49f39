/* One section a group: sweeps, lifecycles, functions side by side, samples and what stays. */
const ROWS_AT_FIRST = 24, LIVES_AT_FIRST = 2;
const COMMON = ["steady_anon_delta_bytes", "cold_anon_delta_bytes", "steady_heap_live_bytes", "cold_heap_live_bytes", "steady_heap_alloc_count", "steady_rss_delta_bytes", "real_time_ns"];

/* The first of the common metrics that most cases have. */
function usualMetric(members, offered) {
  const counts = offered.map(metric => members.filter(one => one.raw.s[metric.index]).length);
  const most = Math.max(...counts);
  for (const name of COMMON) {
    const place = offered.findIndex(metric => metric.name === name);
    if (place >= 0 && counts[place] >= most * 0.8) return offered[place];
  }
  return offered[counts.indexOf(most)];
}

/* rows(from): as many as there is place for at first, the rest on demand. */
function inParts(items, atFirst, noun, draw) {
  const made = el("div", {}, draw(items.slice(0, atFirst)));
  if (items.length > atFirst)
    made.append(el("button", { type: "button", onclick: event => {
      event.target.remove();
      made.replaceChildren(draw(items));
    } }, "Show all " + items.length + " " + noun));
  return made;
}

function samplesTable(members, metric) {
  const hasBefore = members.some(one => one.before(metric.index)), leavesOut = members.some(one => (one.series(metric.index) || {}).isReduced);
  return el("div", { class: "scroll" }, el("table", { class: "samples" },
    el("caption", {}, "Samples of " + metric.label + (hasBefore ? ", the baseline's above" : "") +
      (leavesOut ? "; a line from the least to the greatest where they are not in this page" : "")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Case"), el("th", { scope: "col" }, "Samples"), el("th", { scope: "col", class: "n" }, "Median"),
      el("th", { scope: "col" }, "Spread"), ...(hasBefore ? [el("th", { scope: "col", class: "n" }, "Baseline"), el("th", { scope: "col" }, "Change")] : []))),
    el("tbody", {}, ...members.map(one => {
      const now = one.series(metric.index), before = one.before(metric.index), compared = one.comparison(metric.index);
      const look = compared ? LOOKS[compared.verdict] || "" : "";
      return el("tr", {}, el("th", { scope: "row" }, caseLink(one)),
        ...(now ? [el("td", {}, strip(metric, now, before)), el("td", { class: "n" }, inUnit(metric.kind, now.median)), el("td", {}, spread(metric.kind, now))]
          : [el("td", { colspan: 3, class: "note" }, one.isOk ? one.missing(metric.index) || "not measured" : one.outcome + (one.message ? ": " + one.message : ""))]),
        ...(hasBefore ? [el("td", { class: "n" }, before ? inUnit(metric.kind, before.median) : "–"),
          el("td", { class: look }, compared ? [SIGNS[look || "plain"], changeText(metric, compared)].join(" ") : "")] : []));
    }))));
}

/* Anonymous memory while alive, after release, and after the allocator was asked to give back. */
function retainedTable(members, window) {
  const prefix = window + "_", names = ["anon_delta_bytes", "retained_anon_bytes", "retained_after_trim_anon_bytes"].map(name => metricOf(prefix + name).index);
  const rows = members.filter(one => one.isOk && names.some(index => one.raw.s[index])).map(one => ({
    head: caseLink(one), values: names.map(index => (one.raw.s[index] ? one.series(index).median : null)),
  }));
  if (!rows.some(row => row.values[1] !== null)) return null;
  const columns = [["alive", "is"], ["after release", "series2"], ["after trim", "series3"]].map(([head, look]) => ({ head, kind: "bytes", look }));
  return inParts(rows, ROWS_AT_FIRST, "cases", part => barTable("Anonymous memory, " + (window === "cold" ? "first use" : "steady"), "Case", columns, part));
}

const withoutFunction = one => {
  const parts = one.id.slice(one.group.length + 1).split("/");
  return parts.slice(one.fn ? one.fn.split("/").length : 0).join("/");
};

/* The same case of several functions: runtimes, allocators, implementations. */
function sideBySide(members) {
  const keys = new Map();
  for (const one of members.filter(one => one.fn && !one.isGone)) {
    const key = withoutFunction(one);
    if (!keys.has(key)) keys.set(key, []);
    keys.get(key).push(one);
  }
  const several = [...keys].filter(([, list]) => list.length > 1);
  if (!several.length) return null;
  const columns = [["anon", "anon_delta_bytes"], ["retained", "retained_anon_bytes"], ["after trim", "retained_after_trim_anon_bytes"], ["heap", "heap_live_bytes"]]
    .map(([head, name], i) => ({ head, kind: "bytes", index: metricOf("cold_" + name).index, look: ["is", "series2", "series3", "is"][i] }));
  const draw = part => el("div", {}, ...part.map(([key, list]) => barTable("At first use: " + (key || members[0].group), "Function", columns, list.map(one => ({
    head: caseLink(one, one.fn), message: one.isOk ? null : one.outcome + (one.message ? ": " + one.message : ""),
    values: columns.map(column => (one.raw.s[column.index] ? one.series(column.index).median : null)),
  })))));
  return inParts(several, 3, "comparisons", draw);
}

function part(title, ...children) {
  return el("section", { class: "part" }, el("h4", {}, title), ...children);
}

function metricPart(title, members, offered, draw) {
  let metric = usualMetric(members, offered);
  const place = el("div", {}, draw(metric));
  return part(title, choice("Metric", offered.map(one => [one.index, one.label]), metric.index, value => {
    metric = metrics[value];
    place.replaceChildren(draw(metric));
  }), place);
}

function fillGroup(section, members) {
  const sweeps = data.sweeps.filter(sweep => sweep.group === members[0].group && sweepMetrics([sweep]).length);
  if (sweeps.length)
    section.append(metricPart("As it grows", members, sweepMetrics(sweeps), metric => inParts(sweeps, 4, "sweeps", part => drawSweeps(part, metric))));
  const lives = members.filter(hasLife);
  if (lives.length) section.append(part("Lifecycle", inParts(lives, LIVES_AT_FIRST, "lifecycles", some => el("div", { class: some.every(one => one.marks(0).length < 7 && !one.regions(0).length) ? "grid" : null }, ...some.map(lifecycle)))));
  const side = sideBySide(members);
  if (side) section.append(part("Side by side", side));
  const offered = metrics.filter(metric => members.some(one => one.raw.s[metric.index]));
  if (offered.length)
    section.append(metricPart("Samples", members, offered, metric => inParts(members.filter(one => !one.isGone), ROWS_AT_FIRST, "cases", some => samplesTable(some, metric))));
  const retained = retainedTable(members, "steady") || retainedTable(members, "cold");
  if (retained) section.append(part("What stays", retained));
}

function groupLook(members) {
  const order = ["bad", "unsure", "good", "plain"];
  return order[Math.min(...members.map(one => order.indexOf(one.verdict.look)))];
}

function drawGroups() {
  const all = document.getElementById("groups");
  if (!cases.length) return;
  all.hidden = false;
  const index = el("ul", { class: "index" });
  all.append(el("nav", { "aria-label": "Groups" }, index));
  let number = 0;
  for (const [group, members] of byGroup) {
    const id = "group-" + number++, look = groupLook(members);
    index.append(el("li", { class: look }, el("a", { href: "#" + id }, group || "(no group)"), " ",
      el("span", { class: "count" }, String(members.length)), look === "bad" ? el("span", { class: "sign", title: "something is wrong here" }, " ▲") : null));
    const section = el("section", { class: "group", id, "aria-labelledby": id + "-title" }, el("h3", { id: id + "-title" }, group || "(no group)"));
    all.append(section);
    drawLater(section, () => {
      section.classList.add("drawn");
      fillGroup(section, members);
    });
  }
}
