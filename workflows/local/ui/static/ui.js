// Keeps the page true: asks for its parts again and changes in place what differs, so that focus and scrolling stay.
"use strict";

const EVERY_MS = 1000;
const LAKE_EVERY = 5; // rounds; at once where a job or crawler has ended

const connection = document.getElementById("connection");
let rounds = 0;
let version = null;
let asked = 0;
let lakeIsAsked = false;

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && one.id === other.id;
}

function morph(old, fresh) {
  if (!alike(old, fresh)) {
    old.replaceWith(document.importNode(fresh, true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  morphAttributes(old, fresh);
  const atEnd = old.scrollTop + old.clientHeight >= old.scrollHeight - 4;
  const children = [...old.childNodes];
  const wanted = [...fresh.childNodes];
  children.slice(wanted.length).forEach((child) => child.remove());
  wanted.forEach((child, at) => {
    if (at < children.length) morph(children[at], child);
    else old.append(document.importNode(child, true));
  });
  if (old.id === "log" && atEnd) old.scrollTop = old.scrollHeight;
}

async function refresh(part) {
  const turn = asked;
  const answer = await fetch(part + location.search);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  if (turn !== asked) return; // something else was chosen meanwhile
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const section of fresh.querySelectorAll("[data-live]")) {
    const here = document.getElementById(section.id);
    if (here) morph(here, section);
  }
}

function say(text) {
  if (connection.textContent !== text) connection.textContent = text;
}

function tell(error) {
  const gone = error instanceof TypeError; // which is what fetch fails with
  say(gone ? "Not connected: the stack does not answer any more." : `Trouble: ${error.message}`);
}

async function refreshLake() {
  if (lakeIsAsked) return; // a query that runs keeps it waiting, and must not keep the graph waiting
  lakeIsAsked = true;
  try {
    await refresh("/lake");
  } catch (error) {
    tell(error);
  }
  lakeIsAsked = false;
}

async function round() {
  try {
    if (!document.hidden) {
      await refresh("/live");
      const now = document.getElementById("run").dataset.version;
      if (now !== version || rounds % LAKE_EVERY === 0) refreshLake();
      version = now;
      rounds += 1;
      say("Live");
    }
  } catch (error) {
    tell(error);
  }
  setTimeout(round, EVERY_MS);
}

async function show(hash) {
  asked += 1;
  try {
    await refresh("/live");
    await refresh("/lake");
  } catch {
    return; // the next round tells
  }
  const title = document.getElementById(`${hash.slice(1)}-title`);
  if (title) {
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "nearest" });
  }
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

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const before = button.textContent;
  button.textContent = "Running …";
  try {
    const answer = await fetch("/answer", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const text = await answer.text();
    const part = document.createElement("div");
    if (answer.ok) part.append(...new DOMParser().parseFromString(text, "text/html").getElementById("answer").childNodes);
    else part.textContent = text;
    document.getElementById("answer").replaceChildren(...part.childNodes);
  } catch {
    document.getElementById("answer").textContent = "The stack does not answer any more.";
  }
  button.textContent = before;
  button.disabled = false;
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
