// Keeps the page true: asks for its parts again and changes in place what differs, so that focus and scrolling stay.
"use strict";

const EVERY_MS = 1000;
const LAKE_EVERY = 5; // rounds; at once where a job or crawler has ended
const PATIENCE_MS = { "/live": 10_000, "/lake": 30_000, "/answer": 60_000 }; // a query may keep the lake waiting

const connection = document.getElementById("connection");
const troubles = new Map();
let rounds = 0;
let version = null;
let asked = 0;
let lakeIsAsked = false;
let seen = new Date(); // when what is shown was true

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

// How many letters a text lost in whole lines at its start, where it only got more at its end since; else -1.
function lost(before, now) {
  for (let at = 0; at < before.length; at = before.indexOf("\n", at) + 1 || before.length) {
    if (now.startsWith(before.slice(at))) return at;
  }
  return -1;
}

// The end of a log moves on by itself: the lines that a person reads, or has selected, stay where they are.
function morphText(text, now) {
  if (text.data === now) return;
  const gone = lost(text.data, now);
  if (gone < 0) {
    text.data = now;
    return;
  }
  text.appendData(now.slice(text.data.length - gone));
  if (!gone) return;
  const box = text.parentElement;
  const { scrollTop, scrollHeight } = box;
  text.deleteData(0, gone);
  box.scrollTop = scrollTop - (scrollHeight - box.scrollHeight);
}

// An element with an id is kept whatever comes or goes beside it; the others are taken in their order.
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

function isAtEnd(log) {
  return log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
}

function hasSelection(log) {
  const selection = getSelection();
  return selection.type === "Range" && log.contains(selection.anchorNode);
}

// What of the stack is asked for. A log that a person reads stays where the page would go on to the next job.
function picked() {
  const log = document.getElementById("log");
  const isRead = log && (log === document.activeElement || !isAtEnd(log) || hasSelection(log));
  const pick = new URLSearchParams(location.search);
  if (isRead) for (const name of ["run", "node", "attempt"]) pick.set(name, log.dataset[name]);
  return `?${pick}`;
}

function release() {
  const log = document.getElementById("log");
  if (!log) return;
  log.scrollTop = log.scrollHeight;
  if (hasSelection(log)) getSelection().removeAllRanges();
  if (log === document.activeElement) log.blur();
}

function update(here, fresh) {
  const log = here.querySelector("#log");
  const follows = log && isAtEnd(log) && log.dataset.attempt;
  const focused = here.contains(document.activeElement) ? document.activeElement : null;
  morph(here, fresh);
  const now = here.querySelector("#log");
  if (now && (!log || follows || log.dataset.attempt !== now.dataset.attempt)) now.scrollTop = now.scrollHeight;
  if (!focused || focused.isConnected) return;
  const place = document.getElementById(focused.id) ?? document.getElementById(`${here.id}-title`);
  place.focus({ preventScroll: true });
}

async function ask(path, options) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS[path.split("?")[0]]), ...options });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return new DOMParser().parseFromString(text, "text/html");
}

async function refresh(part) {
  const turn = asked;
  const fresh = await ask(part + picked());
  if (turn !== asked) return; // something else was chosen meanwhile
  for (const section of fresh.querySelectorAll("[data-live]")) {
    const here = document.getElementById(section.id);
    if (here) update(here, section);
  }
}

function isGone(error) {
  return error instanceof TypeError || error.name === "TimeoutError"; // which is what fetch fails with
}

// Says whether what is shown is true: a status, so that screen readers say it too, each time that it changes.
function tell() {
  const [trouble] = troubles.values();
  const text = trouble ? `${trouble} What is shown was so at ${seen.toISOString().slice(11, 19)} UTC.` : "Live";
  if (connection.textContent !== text) connection.textContent = text;
  document.documentElement.classList.toggle("lost", Boolean(trouble));
}

// Asks for a part anew, and gives whether it came.
async function tried(part) {
  try {
    await refresh(part);
    troubles.delete(part);
    if (part === "/live" && !troubles.size) seen = new Date();
  } catch (error) {
    const gone = "Not connected: the stack does not answer any more.";
    troubles.set(part, isGone(error) ? gone : `Trouble: ${error.message.trim()}`);
  }
  tell();
  return !troubles.has(part);
}

async function refreshLake() {
  if (lakeIsAsked) return; // a query that runs keeps it waiting, and must not keep the graph waiting
  lakeIsAsked = true;
  await tried("/lake");
  lakeIsAsked = false;
}

async function round() {
  if (!document.hidden && (await tried("/live"))) {
    const now = document.getElementById("run").dataset.version;
    if (now !== version || troubles.size || rounds % LAKE_EVERY === 0) refreshLake();
    version = now;
    rounds += 1;
  }
  setTimeout(round, EVERY_MS);
}

async function show(hash) {
  asked += 1;
  const parts = hash === "#table" ? ["/lake", "/live"] : ["/live", "/lake"]; // first that which was chosen
  release();
  if (!(await tried(parts[0]))) return;
  const title = document.getElementById(`${hash.slice(1) || "run"}-title`);
  if (title) {
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "nearest" });
  }
  await tried(parts[1]);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-pick]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const to = new URL(link.getAttribute("href"), location.href);
  history.pushState(null, "", to);
  show(to.hash);
});

window.addEventListener("popstate", () => show(location.hash));

const form = document.getElementById("query");
const statement = document.getElementById("statement");

function answered(fresh) {
  document.getElementById("answer").replaceChildren(...fresh.getElementById("answer").childNodes);
}

function refused(message) {
  const told = document.createElement("p");
  told.className = "error";
  told.setAttribute("role", "alert");
  told.textContent = message;
  document.getElementById("answer").replaceChildren(told);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.ariaDisabled) return; // it is not disabled, which would take the focus from it
  const before = button.textContent;
  button.ariaDisabled = "true";
  button.textContent = "Running …";
  try {
    answered(await ask("/answer", { method: "POST", body: new URLSearchParams(new FormData(form)) }));
  } catch (error) {
    refused(isGone(error) ? "The stack does not answer any more." : error.message);
  }
  button.textContent = before;
  button.ariaDisabled = null;
});

statement.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

const log = document.getElementById("log");
if (log) log.scrollTop = log.scrollHeight;
round();
