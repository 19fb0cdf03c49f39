/* The data block: what is a number there becomes words here, and samples come out of their packing when asked for. */
const data = JSON.parse(document.getElementById("data").textContent);
const ALPHABET = " !#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const GATES = 16;
const metrics = data.metrics.map(([name, label, kind, summary], index) => ({ index, name, label, kind, summary }));
const metricOf = name => metrics.find(metric => metric.name === name);
const words = reference => (typeof reference === "number" ? data.texts[reference] : reference);

function unpack(packed) {
  if (!packed) return [];
  if (packed.length === 2) return Array(packed[1]).fill(packed[0]);
  const [least, unit, width, text] = packed, values = [];
  for (let i = 0; i < text.length; i += width) {
    let steps = 0;
    for (let k = 0; k < width; k++) steps = steps * ALPHABET.length + ALPHABET.indexOf(text[i + k]);
    values.push(least + steps * unit);
  }
  return values;
}

function medianOf(values) {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/* count, median, min, max, isExact and values; null where nothing was measured. */
function summary(packed) {
  if (!packed) return null;
  const values = unpack(packed), isExact = packed.length === 2;
  const low = Math.min(...values), high = Math.max(...values);
  return { values, count: values.length, min: low, max: high, median: medianOf(values), isExact };
}

function spread(kind, of) {
  if (of.count === 1) return "once";
  if (of.isExact) return "exact";
  const half = (of.max - of.min) / 2, part = (half / Math.abs(of.median)) * 100;
  return "±" + (of.median !== 0 && part < 999.5 ? part.toFixed(part < 9.95 ? 1 : 0) + "%" : inUnit(kind, half));
}

function readComparison(row) {
  const [metric, code, difference = 0, low = 0, high = 0, ratio = 0, ratioLow = 0, ratioHigh = 0] = row;
  return {
    metric, verdict: data.verdicts[code % GATES], gates: code >= GATES, isSame: row.length === 2, difference, low, high,
    ratio, ratioLow, ratioHigh, baseline: row[8], baselineCount: row[9], reason: row.length > 10 ? words(row[10]) : "",
  };
}

function changeText(metric, comparison) {
  if (comparison.isSame || comparison.difference === 0) return "no change";
  const much = signed(metric.kind, comparison.difference);
  const ratio = comparison.ratio;
  if (ratio >= 10) return much + " (" + grouped(ratio < 100 ? Math.round(ratio * 10) / 10 : Math.round(ratio)) + " times)";
  return ratio > 0 ? percent(ratio) + " (" + much + ")" : much;
}

function intervalText(metric, comparison) {
  if (comparison.isSame || (comparison.low === comparison.difference && comparison.high === comparison.difference)) return "";
  return comparison.ratio > 0
    ? "[" + percent(comparison.ratioLow) + ", " + percent(comparison.ratioHigh) + "]"
    : "[" + signed(metric.kind, comparison.low) + ", " + signed(metric.kind, comparison.high) + "]";
}

const LOOKS = Object.fromEntries(data.verdicts.map((verdict, i) => [verdict, data.looks[i]]).filter(([, look]) => look !== "plain"));
const SIGNS = { bad: "▲", good: "▼", unsure: "?", plain: "" };

/* The comparison a case is known by: of the gating ones the worst verdict, of those the largest change. */
function worstOf(comparisons) {
  const size = one => (one.ratio > 0 ? Math.abs(one.ratio - 1) : 0);
  const rank = one => data.verdicts.indexOf(one.verdict);
  let worst = null;
  for (const one of comparisons)
    if (one.gates && (!worst || rank(one) > rank(worst) || (rank(one) === rank(worst) && size(one) > size(worst)))) worst = one;
  return worst;
}

class Case {
  constructor(raw, index) {
    this.raw = raw;
    this.index = index;
    this.id = raw.id;
    this.group = words(raw.g);
    this.fn = raw.f === undefined ? "" : words(raw.f);
    this.isGone = raw.presence === 2;
    this.isUnrecorded = raw.presence === 1;
    this.outcome = data.outcomes[raw.o || 0];
    this.isOk = !raw.o;
    this.message = raw.m === undefined ? "" : words(raw.m);
    this.warning = raw.w === undefined ? "" : words(raw.w);
    this.params = (raw.p || []).map(([name, value, isBytes, label]) => ({
      name: words(name), value, isBytes: !!isBytes, label: label === undefined ? null : words(label),
    }));
  }
  series(metric) { return summary(this.raw.s[metric]); }
  get comparisons() {
    this.read = this.read || (this.raw.c || []).map(readComparison);
    return this.read;
  }
  comparison(metric) { return this.comparisons.find(one => one.metric === metric); }
  /* Samples of the baseline; where only its median is known, that once. */
  before(metric) {
    const packed = this.raw.b && this.raw.b[metric], compared = this.comparison(metric);
    if (packed) return summary(packed);
    if (!compared || compared.verdict === "NO BASELINE") return null;
    if (compared.isSame) return this.series(metric);
    return compared.baselineCount > 0 ? summary([compared.baseline, 1]) : null;
  }
  explanation(metric) { return this.raw.e && this.raw.e[metric]; }
  missing(metric) {
    const reason = this.raw.missing && this.raw.missing[metric];
    return reason === undefined ? "" : words(reason);
  }
  get verdict() {
    if (this.isGone) return { word: "not run", look: "unsure" };
    if (!this.isOk) return { word: this.outcome, look: this.outcome === "skipped" ? "unsure" : "bad" };
    const worst = worstOf(this.comparisons);
    if (!worst) return { word: this.isUnrecorded ? "not in the baseline" : "measured", look: "plain" };
    return { word: worst.verdict, look: LOOKS[worst.verdict] || "plain", worst };
  }
  /* Marks, regions and counts of a window (0: first use, 1: steady). */
  marks(window) { return (this.raw.marks || []).filter(mark => mark[0] === window).map(([, name, ...series]) => ({ name: words(name), series })); }
  regions(window) {
    return (this.raw.regions || []).filter(region => region[0] === window)
      .map(([, name, nominal, resident]) => ({ name: words(name), nominal, resident: resident ? medianOf(unpack(resident)) : null }));
  }
  counts(window) {
    return (this.raw.counts || []).filter(count => count[0] === window).map(([, name, values]) => ({ name: words(name), of: summary(values) }));
  }
}

const cases = data.cases.map((raw, index) => new Case(raw, index));
const byGroup = new Map();
for (const one of cases) {
  if (!byGroup.has(one.group)) byGroup.set(one.group, []);
  byGroup.get(one.group).push(one);
}
