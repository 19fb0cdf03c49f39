/* Charts by uPlot. Each can be read by keys: arrows go from point to point, and what is there is said below it. */
const hasCharts = typeof uPlot !== "undefined";
const charts = new Set();
const PAPER_WIDTH = 640; /* fits A4 and letter */

function redrawCharts() {
  for (const chart of charts) {
    if (chart.place.isConnected) chart.draw();
    else charts.delete(chart);
  }
}
dark.addEventListener("change", redrawCharts);

function axisFont() {
  return "12px system-ui, sans-serif";
}

function axisOf(more) {
  return { stroke: theme.color("ink-soft"), font: axisFont(), grid: { stroke: theme.color("rule"), width: 1 },
    ticks: { stroke: theme.color("rule"), size: 4 }, ...more };
}

/* Ticks of bytes are at whole binary units: on a scale of logarithms at powers of 4 or more. */
function byteTicks(low, high, isLog) {
  const found = [];
  if (isLog) {
    const factor = 4 ** Math.max(1, Math.ceil(Math.log(high / low) / Math.log(4) / 6));
    for (let at = factor ** Math.ceil(Math.log(low) / Math.log(factor)); at <= high; at *= factor) found.push(at);
  } else {
    const step = byteStep(high - low, Math.max(high, -low), 6);
    for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
  }
  return found;
}

function valueAxis(kind, isLog) {
  const ticks = kind === "bytes" ? { splits: (u, axis, low, high) => byteTicks(low, high, isLog), filter: (u, values) => values }
    : isLog ? { filter: (u, values) => logTicks(values) } : {};
  return axisOf({ ...ticks, size: 76, values: (u, values) => values.map(value => (value === null ? "" : inUnit(kind, value))) });
}

/* A place for a chart of one series of points. points: indices into x that arrows stop at; say(index): what is there.
 * make(width) gives uPlot's options and data. */
function chart(label, points, say, make) {
  const frame = el("div", { class: "frame", tabindex: "0", role: "img", "aria-label": label });
  const readout = el("p", { class: "readout", "aria-live": "polite" }, "\u00a0");
  const place = el("figure", { class: "chart" }, el("figcaption", {}, label), frame, readout);
  const held = { place, plot: null, at: -1 };
  const show = index => {
    held.at = index;
    readout.textContent = index >= 0 && points.length ? say(points[index]) : "\u00a0";
  };
  held.draw = () => {
    if (held.plot) held.plot.destroy();
    const there = frame.clientWidth || place.clientWidth || PAPER_WIDTH;
    const width = Math.max(260, theme.isPrinting ? Math.min(there, PAPER_WIDTH) : there);
    const { options, values } = make(width);
    options.legend = { show: false };
    options.cursor = { y: false, drag: { x: false, y: false }, points: { show: false } };
    options.hooks = { ...options.hooks, setCursor: [plot => {
      if (plot.cursor.idx === null || plot.cursor.idx === undefined || held.isByKey) return;
      let best = 0;
      points.forEach((point, i) => {
        if (Math.abs(point - plot.cursor.idx) < Math.abs(points[best] - plot.cursor.idx)) best = i;
      });
      show(best);
    }] };
    held.plot = new uPlot(options, values, frame);
  };
  frame.addEventListener("keydown", event => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
    if (!step || !points.length || !held.plot) return;
    event.preventDefault();
    show(Math.max(0, Math.min(points.length - 1, held.at < 0 && step === 1 ? 0 : held.at + step)));
    const plot = held.plot;
    held.isByKey = true;
    plot.setCursor({ left: plot.valToPos(plot.data[0][points[held.at]], "x"), top: 0 });
    held.isByKey = false;
  });
  charts.add(held);
  drawLater(place, held.draw);
  new ResizeObserver(() => {
    if (held.plot && !theme.isPrinting && Math.abs(held.plot.width - frame.clientWidth) > 8 && frame.clientWidth > 0) held.draw();
  }).observe(frame);
  return place;
}

const isWide = values => {
  const positive = values.filter(value => value > 0);
  return positive.length === values.length && Math.max(...positive) > 40 * Math.min(...positive);
};

const logTicks = values => values.map(value => (Math.abs(Math.log10(value) % 1) < 1e-6 ? value : null));
