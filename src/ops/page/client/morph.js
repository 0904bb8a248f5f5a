/**
 * Makes one element like another, changing only what differs: focus, scroll and open details stay, and a screen reader
 * hears only what is new. Elements with `data-keep` belong to the script and are left alone.
 *
 * @param {Node} now what the page shows
 * @param {Node} next what it shall show
 */
export function morph(now, next) {
  if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName) {
    now.parentNode?.replaceChild(next.cloneNode(true), now);
    return;
  }
  if (!(now instanceof Element) || !(next instanceof Element)) {
    if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
    return;
  }
  if (now.hasAttribute("data-keep")) return;
  morphAttributes(now, next);
  const olds = [...now.childNodes];
  const news = [...next.childNodes];
  for (const [index, child] of news.entries()) {
    const old = olds[index];
    if (old === undefined) now.append(child.cloneNode(true));
    else morph(old, child);
  }
  for (const old of olds.slice(news.length)) old.remove();
}

/**
 * @param {Element} now
 * @param {Element} next
 */
function morphAttributes(now, next) {
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
  for (const name of now.getAttributeNames()) {
    // What a reader has opened stays open.
    if (name !== "open" && !next.hasAttribute(name)) now.removeAttribute(name);
  }
}
