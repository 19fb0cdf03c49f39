/* The table of all cases: search, filters, sorting. Its rows are in the page already, in the order of the data. */
const table = document.getElementById("table");
const rows = [...table.tBodies[0].rows].map((row, index) => ({ row, one: cases[index], text: cases[index].id.toLowerCase() }));
const wanted = { words: [], verdict: "", group: "" };
const sorted = { head: null, isDown: false };

function applyFilter() {
  let count = 0;
  for (const { row, one, text } of rows) {
    const isShown = wanted.words.every(word => (word[0] === "-" && word.length > 1 ? !text.includes(word.slice(1)) : text.includes(word))) &&
      (!wanted.verdict || one.verdict.word === wanted.verdict) && (!wanted.group || one.group === wanted.group);
    row.hidden = !isShown;
    count += isShown;
  }
  document.getElementById("shown").textContent = count === rows.length ? rows.length + " cases" : count + " of " + rows.length + " cases";
}

function sortKey(head) {
  if (head.dataset.metric) return ({ one }) => {
    const packed = one.raw.s[head.dataset.metric];
    return packed ? (packed.length === 2 ? packed[0] : medianOf(unpack(packed))) : null;
  };
  if (head.dataset.key === "change") return ({ one }) => {
    const worst = one.verdict.worst;
    return worst && !worst.isSame ? (worst.ratio > 0 ? worst.ratio - 1 : worst.difference) : null;
  };
  if (head.dataset.key === "verdict") return ({ one }) => ["bad", "unsure", "good", "plain"].indexOf(one.verdict.look);
  return ({ one }) => one.id;
}

/* Rows without a value come last, whichever way. */
function sortBy(head) {
  const isText = head.dataset.key === "id", isDownFirst = !isText && head.dataset.key !== "verdict";
  sorted.isDown = sorted.head === head ? !sorted.isDown : isDownFirst;
  sorted.head = head;
  const key = sortKey(head), sign = sorted.isDown ? -1 : 1;
  const order = rows.map((entry, place) => ({ entry, place, value: key(entry) }));
  order.sort((a, b) => {
    if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.place - b.place;
    const way = isText ? a.value.localeCompare(b.value, "en", { numeric: true }) : a.value - b.value;
    return way * sign || a.place - b.place;
  });
  table.tBodies[0].append(...order.map(({ entry }) => entry.row));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", sorted.isDown ? "descending" : "ascending");
}

function makeControls() {
  const controls = document.getElementById("controls");
  const search = el("input", { type: "search", id: "search", placeholder: "words of an id; -word leaves out", "aria-label": "Search cases", oninput: () => {
    wanted.words = search.value.toLowerCase().split(/\s+/).filter(word => word);
    applyFilter();
  } });
  const verdicts = [...new Set(cases.map(one => one.verdict.word))].sort();
  const pick = name => value => {
    wanted[name] = value;
    applyFilter();
  };
  controls.append(search, choice("Verdict", [["", "all"], ...verdicts.map(word => [word, word])], "", pick("verdict")),
    choice("Group", [["", "all"], ...[...byGroup.keys()].map(group => [group, group])], "", pick("group")),
    el("output", { id: "shown", "aria-live": "polite" }));
  controls.addEventListener("submit", event => event.preventDefault());
  controls.hidden = false;
}

function enliven() {
  makeControls();
  table.classList.add("live");
  for (const head of table.tHead.rows[0].cells) {
    const button = el("button", { type: "button", onclick: () => sortBy(head) }, ...head.childNodes);
    head.append(button);
  }
  for (const { row, one } of rows) row.cells[0].replaceChildren(caseLink(one));
  applyFilter();
}
