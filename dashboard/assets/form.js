// Forms that ask for a page: what is filled in becomes the address, without loading the site again.
// Without this script the browser does the same by itself, slower and with the empty fields.
(function () {
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
    const menu = form.closest("details.menu");
    if (menu) {
      menu.open = false;
    }
    const path = new URL(form.action).pathname;
    window.milepost.go(path + (asked.size ? "?" + asked : ""), form.dataset.goal);
  }

  document.addEventListener("submit", ask);
})();
