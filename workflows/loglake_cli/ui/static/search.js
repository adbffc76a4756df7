// The search form. Its fields are in the page's address: a search can be shared, and the back button works.
"use strict";

const searching = document.getElementById("search-form");

function fillSearch() {
  const asked = new URLSearchParams(location.search);
  for (const field of searching.elements) if (field.name) field.value = asked.get(field.name) ?? "";
}

async function search(fields) {
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of fields) {
    if (value) asked.set(name, value);
    else asked.delete(name);
  }
  history.pushState(null, "", `/?${asked}#found`);
  const button = searching.querySelector("button");
  button.textContent = "Searching …";
  await show("#found");
  button.textContent = "Find";
}

searching.addEventListener("submit", (event) => {
  event.preventDefault();
  search(new FormData(searching));
});

searching.addEventListener("reset", (event) => {
  event.preventDefault();
  search([...new FormData(searching).keys()].map((name) => [name, ""]));
  searching.elements.find.focus();
});

fillSearch();
