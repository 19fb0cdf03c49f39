/* The icicle of call sites: what is under the pointer or the keyboard is said below it. Up and down go to callers and
   callees, left and right to neighbours of the same depth. */
for (const picture of document.querySelectorAll("svg.icicle")) {
  const frames = [...picture.querySelectorAll("svg")].map(made => ({
    made, left: parseFloat(made.getAttribute("x")), width: parseFloat(made.getAttribute("width")),
    depth: parseFloat(made.getAttribute("y")), text: made.querySelector("title").textContent }));
  if (!frames.length) continue;
  const depths = [...new Set(frames.map(frame => frame.depth))].sort((a, b) => a - b);
  const say = frame => { picture.nextElementSibling.textContent = frame.text; };
  const neighbour = (frame, key) => {
    const level = step => frames.filter(other => other.depth === depths[depths.indexOf(frame.depth) + step]);
    const middle = frame.left + frame.width / 2;
    if (key === "ArrowUp") return level(-1).find(other => other.left <= middle && middle <= other.left + other.width);
    if (key === "ArrowDown") return level(1).find(other => other.left + other.width / 2 >= frame.left && other.left < frame.left + frame.width);
    const row = level(0);
    return row[row.indexOf(frame) + (key === "ArrowRight" ? 1 : -1)];
  };
  for (const frame of frames) {
    frame.made.addEventListener("pointerenter", () => say(frame));
    frame.made.addEventListener("focus", () => say(frame));
  }
  picture.addEventListener("keydown", event => {
    if (!event.key.startsWith("Arrow")) return;
    const now = frames.find(frame => frame.made === document.activeElement);
    const next = now ? neighbour(now, event.key) : frames[0];
    event.preventDefault();
    if (next) next.made.focus();
  });
}
