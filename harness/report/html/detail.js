/* All of one case, in a dialog; its address is #case=ID. */
const dialog = document.getElementById("detail");
let cameFrom = null, openedBy = "";

/* The verdict; a click says why below it, in the words of `membench explain`. */
function verdictCell(compared, why) {
  const word = (compared.verdict === "SHOWN" ? "does not gate" : compared.verdict) + (compared.reason ? ": " + compared.reason : "");
  const look = LOOKS[compared.verdict] || "";
  if (!why) return el("td", { class: look }, word);
  const button = el("button", { type: "button", class: "why " + look, title: "Why?", "aria-expanded": "false", onclick: () => {
    why.hidden = !why.hidden;
    button.setAttribute("aria-expanded", String(!why.hidden));
  } }, word);
  return el("td", {}, button);
}

function whyRow(one, metric, columns) {
  const lines = one.explanation(metric.index);
  if (!lines) return null;
  const facts = ["before", "now", "allowed", "because"].map((name, i) => [name, lines[i]]).filter(([, line]) => line);
  return el("tr", { class: "why", hidden: true }, el("td", { colspan: columns },
    el("dl", {}, ...facts.flatMap(([name, line]) => [el("dt", {}, name), el("dd", {}, line)]))));
}

function detailMetrics(one) {
  const hasBefore = one.comparisons.length > 0;
  const heads = ["Metric", "Median", "Spread", "Least", "Greatest", "n", "Samples", ...(hasBefore ? ["Baseline", "Change", "Interval", "Verdict"] : [])];
  const isFirstUse = metric => metric.name.startsWith("cold_");
  const inOrder = [...metrics.filter(metric => !isFirstUse(metric)), ...metrics.filter(isFirstUse)];
  const rows = inOrder.filter(metric => one.raw.s[metric.index] || one.missing(metric.index)).flatMap(metric => {
    const now = one.series(metric.index), compared = one.comparison(metric.index), before = one.before(metric.index);
    const head = el("th", { scope: "row", title: metric.name + ": " + metric.summary }, metric.label);
    if (!now) return el("tr", {}, head, el("td", { colspan: heads.length - 1, class: "note" }, one.missing(metric.index)));
    const value = number => el("td", { class: "n" }, inUnit(metric.kind, number));
    const why = compared ? whyRow(one, metric, heads.length) : null;
    const row = el("tr", {}, head, value(now.median), el("td", {}, spread(metric.kind, now)), value(now.min), value(now.max), el("td", { class: "n" }, String(now.count)),
      el("td", {}, strip(metric, now, before)), ...(!hasBefore ? [] : !compared ? [el("td", { colspan: 4 })] : [
        el("td", { class: "n" }, before ? inUnit(metric.kind, before.median) : "–"), el("td", { class: "n" }, changeText(metric, compared)),
        el("td", { class: "n" }, intervalText(metric, compared)),
        verdictCell(compared, why)]));
    return why ? [row, why] : [row];
  });
  return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads.map(head => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows)));
}

function detailCounts(one) {
  const rows = [1, 0].flatMap(window => one.counts(window).map(count => [count.name + (window === 0 ? " (first use)" : ""),
    count.of ? grouped(count.of.median) : "–", count.of ? spread("count", count.of) : ""]));
  return rows.length ? tableOf("Own counts", ["count", "value", "spread"], rows) : null;
}

function openCase(one) {
  const verdict = one.verdict, facts = [...one.params.map(param => [param.name, param.label || paramText(param.value, param.isBytes)])];
  if (one.raw.n) facts.push(["operations", grouped(one.raw.n)]);
  const close = el("button", { type: "button", class: "close", onclick: () => dialog.close() }, "Close");
  dialog.replaceChildren(close, el("h2", { id: "detail-title", tabindex: "-1" }, one.id),
    el("p", { class: "state " + verdict.look }, SIGNS[verdict.look] + " " + verdict.word + (one.message ? ": " + one.message : "")));
  if (one.warning) dialog.append(el("p", { class: "note unsure" }, one.warning));
  if (facts.length) dialog.append(el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
  openedBy = location.hash;
  if (!dialog.open) {
    cameFrom = document.activeElement;
    dialog.showModal();
  }
  dialog.append(detailMetrics(one));
  if (hasLife(one)) dialog.append(el("h3", {}, "Lifecycle"), lifecycle(one));
  const counts = detailCounts(one);
  if (counts) dialog.append(counts);
  dialog.scrollTop = 0;
  document.getElementById("detail-title").focus();
}

function openFromAddress() {
  if (!location.hash.startsWith("#case=")) {
    if (dialog.open) dialog.close();
    return;
  }
  let id = "";
  try {
    id = decodeURIComponent(location.hash.slice(6));
  } catch (malformed) {
    return;
  }
  const one = cases.find(one => one.id === id);
  if (one) openCase(one);
}

dialog.addEventListener("close", () => {
  if (location.hash === openedBy) history.replaceState(null, "", location.pathname + location.search);
  if (cameFrom && cameFrom.isConnected) cameFrom.focus({ preventScroll: true });
});
dialog.addEventListener("click", event => {
  if (event.target === dialog) dialog.close();
});
