// Keeps the page up to date: requests its parts again, and changes the differences in place (morph.js).
"use strict";

const EVERY_MS = 1000;
const LAKE_EVERY = 5; // rounds; at once where a job or crawler has ended
const PATIENCE_MS = { "/live": 10_000, "/lake": 30_000 };
const PARTS = { "#table": ["/lake", "/live", "/found"], "#found": ["/found"] };
const QUERY_PATIENCE_MS = 60_000; // a query may keep the lake waiting
const TOKEN = "loglake.token";

const connection = document.getElementById("connection");
const troubles = new Map();
let rounds = 0;
let version = null;
let tables = null; // what the tables had when they were searched
let asked = 0;
let lakeIsAsked = false;
let isComplete = false; // whether all parts were asked for once
let seen = null; // when what is shown was true
let shown = location.search;

// The server answers only with its token. The printed address has it as its fragment, which no browser sends; from then
// on this tab keeps it, and the address bar shows it no more.
function takeToken() {
  const found = /^#token=([\w-]+)$/.exec(location.hash);
  if (found) {
    sessionStorage.setItem(TOKEN, found[1]);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return found;
}

function isAtEnd(log) {
  return log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
}

function hasSelection(log) {
  const selection = getSelection();
  return selection.type === "Range" && log.contains(selection.anchorNode);
}

// The part of the stack to request. A log that a person reads stays, although the page would go on to the next job.
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

// The distance of a line from the upper edge of its log.
function place(line, log) {
  return line.getBoundingClientRect().bottom - log.getBoundingClientRect().top;
}

function update(here, fresh) {
  const log = here.querySelector("#log");
  const follows = log && isAtEnd(log) && log.dataset.attempt;
  const read = log && !follows && [...log.querySelectorAll(".line")].find((line) => place(line, log) > 0);
  const before = read && place(read, log);
  const focused = here.contains(document.activeElement) ? document.activeElement : null;
  morph(here, fresh);
  const now = here.querySelector("#log");
  if (now && (!log || follows || log.dataset.attempt !== now.dataset.attempt)) now.scrollTop = now.scrollHeight;
  else if (read?.isConnected) now.scrollTop += place(read, now) - before;
  if (!focused || focused.isConnected) return;
  const next = document.getElementById(focused.id) ?? document.getElementById(`${here.id}-title`);
  next?.focus({ preventScroll: true });
}

async function fetched(path, options) {
  const signal = AbortSignal.timeout(PATIENCE_MS[path.split("?")[0]] ?? QUERY_PATIENCE_MS);
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(TOKEN)}` };
  const answer = await fetch(path, { signal, headers, ...options });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

async function ask(path, options) {
  const answer = await fetched(path, options);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function refresh(part) {
  const turn = asked;
  const fresh = await ask(part + picked());
  if (turn !== asked) return; // something else was chosen meanwhile
  document.documentElement.classList.add("loaded"); // a hidden log can't scroll to its end
  for (const section of fresh.querySelectorAll("[data-live]")) {
    const here = document.getElementById(section.id);
    if (here) update(here, section);
  }
}

function isGone(error) {
  return error instanceof TypeError || error.name === "TimeoutError"; // which is what fetch fails with
}

// Shows whether the page is up to date: as a status, so screen readers announce each change.
function tell() {
  const trouble = troubles.get("/live") ?? troubles.get("/lake");
  const age = seen ? ` What is shown was so at ${seen.toISOString().slice(11, 19)} UTC.` : "";
  const text = trouble ? trouble + age : isComplete ? "Live" : "Loading …";
  if (connection.textContent !== text) connection.textContent = text;
  document.documentElement.classList.toggle("lost", Boolean(trouble && seen));
}

// Requests a part again, and returns whether it came.
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
  const now = document.getElementById("tables").dataset.version;
  if (now !== tables && (await tried("/found"))) tables = now;
  lakeIsAsked = false;
}

async function start() {
  takeToken();
  await tried("/live");
  await refreshLake();
  isComplete = true;
  tell();
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  round();
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
  shown = location.search;
  const [first, ...others] = PARTS[hash] ?? ["/live", "/lake", "/found"]; // first that which was chosen
  fillSearch();
  release();
  if (!(await tried(first))) return;
  const title = document.getElementById(`${hash.slice(1) || "run"}-title`);
  if (title) {
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "nearest" });
  }
  for (const part of others) await tried(part);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-pick]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const to = new URL(link.getAttribute("href") ?? link.dataset.href, location.href);
  history.pushState(null, "", to);
  show(to.hash);
});

// For screen readers; other people see the button.
function say(text) {
  document.getElementById("said").textContent = text;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
    say("Copied");
    setTimeout(() => (button.textContent = "Copy"), 2000);
  } catch {
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
    say("It is selected: Ctrl+C copies it.");
  }
});

// A link inside the page changes the fragment alone: the browser goes there, and what a person types stays.
window.addEventListener("popstate", () => {
  if (takeToken() || location.search !== shown) show(location.hash);
});

start();
