// Forms that ask for a page: what is filled in becomes the address, without loading the site again.
// Without this script the browser does the same by itself, slower and with the empty fields.
(function () {
  // As in table.css: from this width on, filters stand beside the rows, and stay open.
  const BESIDE = window.matchMedia("(min-width: 1001px)");

  function ask(event) {
    const form = event.target;
    if (form.method !== "get") {
      return;
    }
    event.preventDefault();
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value !== "") {
        asked.append(name, value);
      }
    }
    const around = form.closest(BESIDE.matches ? "details.menu" : "details.menu, details.filtering");
    if (around) {
      around.open = false;
    }
    const path = new URL(form.action).pathname;
    window.milepost.go(path + (asked.size ? "?" + asked : ""), form.dataset.goal);
  }

  // Fields that another page has too are left as they are, but not by a link that takes all filters away.
  function clear(event) {
    const link = event.target.closest("form a[href]");
    if (link) {
      link.closest("form").reset();
    }
  }

  document.addEventListener("submit", ask);
  document.addEventListener("click", clear);
})();
