/* The data block: what is a number there becomes words here, and samples come out of their packing when asked for. */
const data = JSON.parse(document.getElementById("data").textContent);
const ALPHABET = " !#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const GATES = 16, HAS_RATIO = 32;
const metrics = data.metrics.map(([name, label, kind, summary], index) => ({ index, name, label, kind, summary }));
const metricOf = name => metrics.find(metric => metric.name === name);
const words = reference => (typeof reference === "number" ? data.texts[reference] : reference);

/* Where samples were left out: [median, how far the least and the greatest are from it, count]. */
const isReduced = packed => typeof packed[3] === "number";

function unpack(packed) {
  if (!packed) return [];
  if (isReduced(packed)) return [packed[0] - packed[1], packed[0], packed[0] + packed[2]];
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

/* count, median, min, max, isExact and values, of which isReduced says that they are just three of all; null where
   nothing was measured. */
function summary(packed) {
  if (!packed) return null;
  const values = unpack(packed), isExact = packed.length === 2;
  const low = Math.min(...values), high = Math.max(...values);
  return { values, count: isReduced(packed) ? packed[3] : values.length, min: low, max: high, median: medianOf(values), isExact,
    isReduced: isReduced(packed) };
}

function spread(kind, of) {
  if (of.count === 1) return "once";
  if (of.isExact) return "exact";
  const half = (of.max - of.min) / 2, part = (half / Math.abs(of.median)) * 100;
  return "±" + (of.median !== 0 && part < 999.5 ? part.toFixed(part < 9.95 ? 1 : 0) + "%" : inUnit(kind, half));
}

function readComparison(row) {
  const [metric, code, difference = 0, ...rest] = row, hasRatio = (code & HAS_RATIO) > 0, ofRatio = steps => Math.max(1 + steps / 1e5, 1e-9);
  const [ratio, ratioLow, ratioHigh] = hasRatio ? rest.splice(0, 3).map(ofRatio) : [0, 0, 0];
  const [low, high] = hasRatio || !rest.length ? [difference, difference] : rest.splice(0, 2);
  const isPoint = hasRatio ? ratioLow === ratio && ratioHigh === ratio : low === difference && high === difference;
  const [baseline, baselineCount, reason] = rest;
  return {
    metric, verdict: data.verdicts[code % GATES], gates: (code & GATES) > 0, isSame: row.length === 2, difference, low, high, isPoint,
    ratio, ratioLow, ratioHigh, baseline, baselineCount, reason: reason === undefined ? "" : words(reason),
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
  if (comparison.isSame || comparison.isPoint) return "";
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
