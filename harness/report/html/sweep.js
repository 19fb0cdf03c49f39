/* Sweeps: what a case takes as one number grows, with the line through it. */

for (const sweep of data.sweeps)
  sweep.metrics = sweep.metrics.map(([metric, isVague, line, current, baseline, verdict, change]) => ({ metric, isVague, line, current, baseline, verdict, change }));

/* Cases of a sweep: those whose id without that parameter is the sweep's name. */
function casesOfSweep(sweep) {
  const found = [];
  for (const one of byGroup.get(sweep.group) || []) {
    if (one.fn !== (sweep.function || "") || one.isGone || !one.isOk) continue;
    const place = one.params.findIndex(param => param.name === sweep.param);
    if (place < 0 || one.params[place].label !== null) continue;
    const parts = one.id.split("/"), at = parts.length - one.params.length + place;
    parts[at] = "*";
    const name = parts.join("/");
    if (name === sweep.name || (place === one.params.length - 1 && parts.slice(0, -1).join("/") === sweep.name))
      found.push({ one, x: one.params[place].value, isBytes: one.params[place].isBytes });
  }
  return found.sort((a, b) => a.x - b.x);
}

const sweepFit = row => row && { slope: row[0], overhead: row[1], low: row[2], high: row[3] };

function sweepSentence(fitted) {
  const verdict = fitted.verdict === undefined ? "" : data.verdicts[fitted.verdict];
  return el("p", { class: "said" }, fitted.line, fitted.change ? "; " + fitted.change : "", verdict ? ": " : "",
    verdict ? el("b", { class: LOOKS[verdict] || "" }, (SIGNS[LOOKS[verdict]] || "") + " " + verdict) : "");
}

function sweepTable(sweep, metric, members) {
  const hasBefore = members.some(({ one }) => one.before(metric.index));
  return tableOf(sweep.name + ", " + metric.label, [sweep.param, "median", "spread", ...(hasBefore ? ["baseline", "change"] : [])],
    members.map(({ one, x, isBytes }) => {
      const now = one.series(metric.index), before = one.before(metric.index), compared = one.comparison(metric.index);
      return [caseLink(one, paramText(x, isBytes)), now ? inUnit(metric.kind, now.median) : "–", now ? spread(metric.kind, now) : one.missing(metric.index),
        ...(hasBefore ? [before ? inUnit(metric.kind, before.median) : "–", compared ? changeText(metric, compared) : ""] : [])];
    }));
}

/* Columns for uPlot: x, then samples and lines; lines have points between the samples. */
function sweepColumns(members, metric, fitted) {
  const rows = new Map();
  const row = x => rows.get(x) || rows.set(x, { x, now: [], before: [] }).get(x);
  for (const { one, x } of members) {
    const now = one.series(metric.index), before = one.before(metric.index);
    if (now) row(x).now.push(...(now.isExact ? [now.median] : now.values));
    if (before) row(x).before.push(...(before.isExact ? [before.median] : before.values));
  }
  const xs = [...rows.keys()].sort((a, b) => a - b), low = xs[0], high = xs[xs.length - 1];
  for (let i = 1; i < 40; i++) row(low > 0 && high > 40 * low ? low * (high / low) ** (i / 40) : low + ((high - low) * i) / 40);
  const fit = sweepFit(fitted.current), before = sweepFit(fitted.baseline), middle = medianOf(xs);
  const line = (of, slope, x) => of.overhead + of.slope * middle + slope * (x - middle);
  const columns = [[], [], [], [], [], [], []], points = [];
  for (const x of [...rows.keys()].sort((a, b) => a - b)) {
    const { now, before: was } = rows.get(x);
    for (let i = 0; i < Math.max(1, now.length, was.length); i++) {
      if (i === 0 && (now.length || was.length)) points.push(columns[0].length);
      const lines = fit && !fitted.isVague ? [line(fit, fit.low, x), line(fit, fit.high, x)] : [null, null];
      [x, lines[0] === null ? null : Math.min(...lines), lines[0] === null ? null : Math.max(...lines),
        before && !fitted.isVague ? line(before, before.slope, x) : null, fit && !fitted.isVague ? line(fit, fit.slope, x) : null,
        was[i] === undefined ? null : was[i], now[i] === undefined ? null : now[i]].forEach((value, k) => columns[k].push(value));
    }
  }
  return { columns, points };
}

function sweepChart(sweep, metric, fitted, members) {
  const { columns, points } = sweepColumns(members, metric, fitted);
  const isLog = isWide(members.map(member => member.x));
  const isBytes = members[0].isBytes, low = members[0].x, high = members[members.length - 1].x;
  const measured = [...columns[5], ...columns[6]].filter(value => value !== null);
  const isLogValue = isLog && isWide(measured);
  if (isLogValue) for (let k = 1; k < 5; k++) columns[k] = columns[k].map(value => (value !== null && value > 0 ? value : null));
  const say = index => {
    const x = columns[0][index], member = members.find(one => one.x === x);
    const now = member.one.series(metric.index), before = member.one.before(metric.index);
    return sweep.param + " " + paramText(x, isBytes) + ": " + (now ? inUnit(metric.kind, now.median) + " " + spread(metric.kind, now) : "not measured") +
      (before ? ", baseline " + inUnit(metric.kind, before.median) : "");
  };
  const make = width => ({ values: columns, options: {
    width, height: 250, padding: [10, 14, 0, 0],
    scales: { x: { time: false, distr: isLog ? 3 : 1, range: isLog ? [low / 1.3, high * 1.3] : [low - (high - low) * 0.03, high + (high - low) * 0.03] }, y: { distr: isLogValue ? 3 : 1,
      range: isLogValue ? [Math.min(...measured) / 2, Math.max(...measured) * 2] : (u, low, high) => [Math.min(0, low), high <= 0 ? 1 : high * 1.08] } },
    axes: [axisOf({ label: sweep.param, labelFont: axisFont(), labelSize: 20, size: 34, splits: u => spreadTicks(u, members.map(member => member.x)),
      values: (u, values) => values.map(value => paramText(value, isBytes)) }),
      valueAxis(metric.kind, isLogValue)],
    series: [{}, { stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } },
      { stroke: theme.color("was"), width: 1.5, pxAlign: 0, dash: [6, 4], points: { show: false } },
      { stroke: theme.color("is"), width: 2, pxAlign: 0, points: { show: false } },
      { stroke: theme.color("was"), paths: () => null, points: { show: true, size: 9, width: 1.5, fill: "transparent" } },
      { stroke: theme.color("is"), paths: () => null, points: { show: true, size: 6, fill: theme.color("is") } }],
    bands: [{ series: [2, 1], fill: theme.color("band") }],
  } });
  const name = sweep.name + ", " + metric.label;
  const made = chart(name, points, say, make);
  made.append(sweepSentence(fitted), details("As a table", () => sweepTable(sweep, metric, members)));
  return made;
}

/* What the group's choice of metric offers, most telling first. */
function sweepMetrics(sweeps) {
  const offered = new Set(sweeps.flatMap(sweep => sweep.metrics.filter(one => one.current).map(one => one.metric)));
  return metrics.filter(metric => offered.has(metric.index));
}

/* The values that were measured, as far as there is place to write them. */
function spreadTicks(plot, values) {
  const found = [];
  for (const value of [...values].reverse()) {
    const at = plot.valToPos(value, "x");
    if (!found.length || Math.abs(plot.valToPos(found[found.length - 1], "x") - at) > 44) found.push(value);
  }
  return found.reverse();
}

/* A sweep that is alone in its group has place for the heap next to pages. */
function metricsBeside(sweeps, metric) {
  const heap = metricOf(metric.name.replace("anon_delta_bytes", "heap_live_bytes"));
  return sweeps.length === 1 && heap && heap !== metric ? [metric, heap] : [metric];
}

function drawSweeps(sweeps, chosen) {
  const grid = el("div", { class: "grid" });
  for (const sweep of sweeps) for (const metric of metricsBeside(sweeps, chosen)) {
    const fitted = sweep.metrics.find(one => one.metric === metric.index);
    const members = casesOfSweep(sweep).filter(({ one }) => one.series(metric.index));
    if (!fitted || members.length < 2) continue;
    grid.append(hasCharts ? sweepChart(sweep, metric, fitted, members)
      : el("div", {}, sweepSentence(fitted), sweepTable(sweep, metric, members)));
  }
  return grid;
}
