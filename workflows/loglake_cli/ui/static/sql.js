// The SQL form: runs statements in place, stores them in this browser, and puts examples and columns into the box.
"use strict";

const KEPT = "loglake.statements";
const MOST_KEPT = 20;
const past = document.getElementById("history");

const form = document.getElementById("query");
const statement = document.getElementById("statement");

function answered(fresh) {
  document.getElementById("answer").replaceChildren(...fresh.getElementById("answer").childNodes);
}

async function download(path, options) {
  const answer = await fetched(path, options);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = answer.headers.get("Content-Disposition").split('"')[1];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  say(`Downloaded ${link.download}`);
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
  remember(statement.value.trim());
  const button = event.submitter ?? form.querySelector("button");
  if (button.ariaDisabled) return; // it is not disabled, which would take the focus from it
  const before = button.textContent;
  button.ariaDisabled = "true";
  button.textContent = "Running …";
  try {
    const options = { method: "POST", body: new URLSearchParams(new FormData(form)) };
    if (button.value) await download(button.value, options);
    else answered(await ask("/answer", options));
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

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return []; // a browser may keep nothing
  }
}

function keep(statements) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(statements));
  } catch {
    return;
  }
  showKept();
}

function remember(sql) {
  if (sql) keep([sql, ...kept().filter((each) => each !== sql)].slice(0, MOST_KEPT));
}

function showKept() {
  const statements = kept();
  past.hidden = !statements.length;
  past.querySelector("ol").replaceChildren(
    ...statements.map((sql) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.dataset.statement = sql;
      button.textContent = sql.replace(/\s+/g, " ");
      item.append(button);
      return item;
    }),
  );
}

// Two adjacent names get a space between them.
function insert(name) {
  const { selectionStart, selectionEnd, value } = statement;
  const apart = /[\w"]$/.test(value.slice(0, selectionStart)) ? " " : "";
  statement.setRangeText(apart + name, selectionStart, selectionEnd, "end");
}

document.getElementById("sql").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "forget") {
    keep([]);
    statement.focus();
  }
  if (button.dataset.statement) statement.value = button.dataset.statement;
  if (button.dataset.insert) insert(button.dataset.insert);
  if (button.dataset.statement || button.dataset.insert) statement.focus();
});

showKept();
