for (const place of document.querySelectorAll("a.case:not([href])")) {
  const one = cases.find(one => one.id === place.textContent);
  if (one) place.href = "#case=" + encodeURIComponent(one.id);
}
enliven();
if (data.soaks.length) drawSoaks();
if (data.soaks.length && !cases.length) document.getElementById("cases").hidden = true;
drawGroups();
document.querySelector(".brand").append(themeButton());
window.addEventListener("hashchange", openFromAddress);
openFromAddress();

/* Printing takes everything that is drawn, in light colours; groups not yet seen are drawn as far as a page can hold. */
/* A page of a few groups is drawn to its end when there is nothing else to do, so that a picture of all of it has its
   charts; of more, those that come into view are. */
let idleLeft = waiting.size <= 16 ? 64 : 0;
function drawIdly() {
  const [place] = waiting.keys();
  if (!place || idleLeft-- <= 0) return;
  drawNow(place);
  later(drawIdly);
}
const later = window.requestIdleCallback ? next => requestIdleCallback(next, { timeout: 5000 }) : next => setTimeout(next, 200);
window.addEventListener("load", () => setTimeout(() => later(drawIdly), 500));

window.addEventListener("beforeprint", () => {
  theme.isPrinting = true;
  for (let turn = 0; turn < 2; turn++) for (const place of [...waiting.keys()].slice(0, 60)) drawNow(place);
  redrawCharts();
});
window.addEventListener("afterprint", () => {
  theme.isPrinting = false;
  redrawCharts();
});
