/**
 * Makes one node like another and changes only what differs, so that focus, scroll and opened details stay, and a screen
 * reader hears only what is new. What the page's script keeps itself (`data-keep`) and what the server could not read
 * (`data-unread`) stay as they are.
 *
 * @param {Node} now what the page shows
 * @param {Node} next what it is to show
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
  if (now.hasAttribute("data-keep") || next.hasAttribute("data-unread")) return;
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
  for (const name of now.getAttributeNames()) {
    // What a reader has opened stays open.
    if (name !== "open" && !next.hasAttribute(name)) now.removeAttribute(name);
  }
  const [olds, news] = [[...now.childNodes], [...next.childNodes]];
  for (const [index, child] of news.entries()) {
    const old = olds[index];
    if (old === undefined) now.append(child.cloneNode(true));
    else morph(old, child);
  }
  for (const old of olds.slice(news.length)) old.remove();
}
