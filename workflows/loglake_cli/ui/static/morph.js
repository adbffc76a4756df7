// Changes a part of the page in place, so that focus, scrolling, selection and unfolded parts stay.
"use strict";

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.localName === "details")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

// A selected text is changed only if it differs.
function morphText(text, now) {
  if (text.data !== now) text.data = now;
}

// An element with an id is kept, even if its neighbours change; the others are matched in order.
function morphChildren(old, fresh) {
  const wanted = new Set([...fresh.children].map((child) => child.id).filter(Boolean));
  const kept = new Map([...old.children].filter((child) => wanted.has(child.id)).map((child) => [child.id, child]));
  let at = old.firstChild;
  const drop = () => {
    const next = at.nextSibling;
    at.remove();
    at = next;
  };
  for (const child of [...fresh.childNodes]) {
    const same = kept.get(child.id);
    while (same && at && at !== same && !wanted.has(at.id)) drop();
    if (same && at !== same) old.insertBefore(same, at); // their order has changed
    const match = same ?? (at && !child.id && alike(at, child) ? at : null);
    if (match && match === at) at = at.nextSibling;
    if (match) morph(match, child);
    else old.insertBefore(document.importNode(child, true), at);
  }
  while (at) drop();
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
}

function morph(old, fresh) {
  if (!alike(old, fresh)) old.replaceWith(document.importNode(fresh, true));
  else if (old.nodeType !== Node.ELEMENT_NODE) morphText(old, fresh.data);
  else {
    morphAttributes(old, fresh);
    morphChildren(old, fresh);
  }
}
