/** Scripts that look at a page from within; the tests of Node know no DOM. */

/** The elements that a screen reader could not name. */
export const NAMELESS = `[...document.querySelectorAll(
    "a, button, input, svg:not([aria-hidden]), img, progress, section, nav, [tabindex='0'], [role]")]
  .filter((one) => !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby") && !one.textContent.trim())
  .map((one) => one.outerHTML.slice(0, 100))
  .concat([...document.querySelectorAll("th:not([scope])")].map((one) => one.outerHTML))
  .concat([...document.querySelectorAll("[aria-labelledby]")]
    .filter((one) => document.getElementById(one.getAttribute("aria-labelledby")) === null)
    .map((one) => one.id))`;

/** The texts that stand out less than 4.5 to 1 from what is behind them, as WCAG counts it. */
export const CONTRAST = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const pixel = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const color = pixel(getComputedStyle(one).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const told = [];
  let checked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.nodeValue.trim() || !element.checkVisibility()) continue;
    checked += 1;
    const [ink, ground] = [pixel(getComputedStyle(element).color), behind(element)].map(luminance);
    const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (ratio < 4.5) told.push(ratio.toFixed(2) + " " + walker.currentNode.nodeValue.trim().slice(0, 40));
  }
  return { checked, faint: told };
})()`;
