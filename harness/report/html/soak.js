/* Soaks: resident set and share of the machine's memory over time, phases without work shaded. */
function clockText(seconds) {
  const whole = Math.round(seconds), two = number => String(number).padStart(2, "0");
  return Math.floor(whole / 3600) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
}

function soakTable(soak) {
  const rows = soak.phases.map(([kind, from, to]) => {
    const inside = soak.time_seconds.map((time, i) => (time >= from && time <= to ? i : -1)).filter(i => i >= 0);
    const sizes = inside.map(i => soak.rss_bytes[i]).filter(value => value !== null);
    const percents = soak.memory_percent ? inside.map(i => soak.memory_percent[i]).filter(value => value !== null) : [];
    return [kind, clockText(from), clockText(to), ...(sizes.length ? [bytes(sizes[0]), bytes(sizes[sizes.length - 1]), bytes(Math.max(...sizes))] : ["–", "–", "–"]),
      percents.length ? Math.max(...percents).toFixed(2) + "%" : "–"];
  });
  return tableOf("Phases of " + soak.target, ["phase", "from", "to", "rss at its start", "at its end", "greatest", "of the machine"], rows);
}

function soakChart(soak) {
  const times = soak.time_seconds, points = times.map((time, i) => i);
  const series = [["rss", "rss_bytes", "is"], ["anon", "anon_bytes", "series2"], ["heap", "heap_live_bytes", "series3"]].filter(([, name]) => soak[name]);
  const percent = soak.memory_percent;
  const say = i => clockText(times[i]) + ": " + series.map(([label, name]) => label + " " + inUnit("bytes", soak[name][i])).join(", ") +
    (percent && percent[i] !== null ? ", " + percent[i].toFixed(2) + "% of the machine's memory" : "");
  const shade = plot => {
    for (const [kind, from, to] of soak.phases) {
      if (kind === "run") continue;
      const left = plot.valToPos(from, "x", true), right = plot.valToPos(to, "x", true);
      plot.ctx.fillStyle = theme.color("rule");
      plot.ctx.fillRect(left, plot.bbox.top, Math.max(right - left, 2), plot.bbox.height);
    }
  };
  const make = width => ({ values: [times, ...series.map(([, name]) => soak[name]), ...(percent ? [percent] : [])], options: {
    width, height: 300, padding: [10, 14, 0, 0], hooks: { drawClear: [shade] },
    scales: { x: { time: false }, y: { range: (u, low, high) => [Math.min(0, low), high * 1.08 || 1] }, percent: { range: (u, low, high) => [0, high * 1.08 || 1] } },
    axes: [axisOf({ size: 34, incrs: [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400], space: 70, values: (u, values) => values.map(clockText) }), valueAxis("bytes"),
      ...(percent ? [axisOf({ scale: "percent", side: 1, size: 60, grid: { show: false }, values: (u, values) => values.map(value => value + "%") })] : [])],
    series: [{}, ...series.map(([, , look], k) => ({ stroke: theme.color(look), width: 2, dash: [[], [6, 3], [2, 3]][k], points: { show: false } })),
      ...(percent ? [{ scale: "percent", stroke: theme.color("was"), width: 1, dash: [3, 3], points: { show: false } }] : [])],
  } });
  const made = chart(soak.target + ", memory over time", points, say, make);
  made.append(el("ul", { class: "legend" }, ...series.map(([label], k) => el("li", {}, el("span", { class: "swatch line" + k, "aria-hidden": "true" }), label)),
    percent ? el("li", {}, el("span", { class: "swatch percent", "aria-hidden": "true" }), "share of the machine's memory (MCP)") : null,
    soak.phases.some(([kind]) => kind !== "run") ? el("li", {}, el("span", { class: "swatch idle", "aria-hidden": "true" }), "idle") : null));
  return made;
}

function drawSoaks() {
  const section = document.getElementById("soaks");
  for (const soak of data.soaks) {
    const look = soak.verdict === "LEAK" ? "bad" : soak.verdict === "PLATEAU" ? "good" : "unsure";
    const verdict = el("p", { class: "said" }, el("b", { class: look }, soak.verdict), ": " + soak.reason);
    section.append(hasCharts ? soakChart(soak) : el("h3", {}, soak.target), verdict, details("Phases as a table", () => soakTable(soak)));
  }
}
