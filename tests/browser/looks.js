// What of a page a person could not read or reach: sentences, none where all is well.
const problems = [];
const shown = (element) => element.checkVisibility() && element.getClientRects().length > 0;

function channel(value) {
  return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
function luminance([red, green, blue]) {
  return 0.2126 * channel(red / 255) + 0.7152 * channel(green / 255) + 0.0722 * channel(blue / 255);
}
function parts(color) {
  return color.match(/[\d.]+/g).map(Number);
}
function contrast(one, other) {
  const [dark, light] = [luminance(parts(one)), luminance(parts(other))].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
function background(element) {
  const box = element.closest("a.node")?.querySelector(".box");
  if (box) return getComputedStyle(box).fill;
  for (let at = element; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (!(color.startsWith("rgba") && parts(color)[3] === 0)) return color;
  }
  return "rgb(255, 255, 255)";
}

// WCAG 2.2, 1.4.3 Contrast (Minimum), AA: 4.5 to 1, whatever the size.
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!own || !shown(element) || element.matches(".skip, .sr, script")) continue;
  const style = getComputedStyle(element);
  const color = element instanceof SVGElement ? style.fill : style.color;
  const ratio = contrast(color, background(element));
  if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)}: ${element.className.baseVal ?? element.className} ${element.textContent.trim().slice(0, 40)}`);
}

// 1.4.10 Reflow: nothing but graphs and rows is wider than the window, and these scroll in a part that keys reach.
if (document.documentElement.scrollWidth > innerWidth) problems.push(`the page is ${document.documentElement.scrollWidth} wide`);
for (const element of document.querySelectorAll("body *")) {
  if (!shown(element) || element.closest("svg, .region, .scroll, .skip, .sr, textarea, .log")) continue;
  const { left, right } = element.getBoundingClientRect();
  if (left < 0 || right > innerWidth) problems.push(`outside: ${element.tagName} ${element.className}`);
  if (element.matches(".short")) continue; // beside it is a button that copies the whole
  if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline") {
    problems.push(`cut: ${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 40)}`);
  }
}
for (const element of document.querySelectorAll(".region, .scroll, .log")) {
  if (element.tabIndex !== 0) problems.push(`no key scrolls ${element.className}`);
}

// Nodes and sections lie beside each other, and the texts of a node in it.
function apart(elements, what) {
  const boxes = elements.filter(shown).map((element) => element.getBoundingClientRect());
  boxes.forEach((one, at) => boxes.slice(at + 1).forEach((other) => {
    if (one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom) {
      problems.push(`two ${what} overlap`);
    }
  }));
}
apart([...document.querySelectorAll(".node .box")], "nodes");
apart([...document.querySelectorAll("section")], "sections");
for (const text of document.querySelectorAll(".node text")) {
  if (!shown(text)) continue;
  const inner = text.getBoundingClientRect();
  const box = text.closest(".node").querySelector(".box").getBoundingClientRect();
  if (inner.left < box.left || inner.right > box.right || inner.top < box.top || inner.bottom > box.bottom) {
    problems.push(`a text leaves its node: ${text.textContent}`);
  }
}

// 4.1.2 Name, Role, Value; and ids that occur twice.
for (const element of document.querySelectorAll("a, button, textarea, [tabindex]")) {
  const name = element.getAttribute("aria-label") ?? (element.labels?.[0] ?? element).textContent;
  if (shown(element) && !name.trim()) problems.push(`no name: ${element.outerHTML.slice(0, 80)}`);
}
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => problems.push(`two elements are ${id}`));
return problems;
