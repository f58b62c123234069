// Forms that ask for a page: what is filled in becomes the address, without loading the site again.
// Without this script the browser does the same by itself, slower and with the empty fields.
(function () {
  function ask(event) {
    const form = event.target;
    if (form.method !== "get" || !form.closest("main")) {
      return;
    }
    event.preventDefault();
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value !== "") {
        asked.append(name, value);
      }
    }
    const path = new URL(form.action).pathname;
    // A link does what milepost.js does for links: address, focus and heading.
    const link = document.createElement("a");
    link.href = path + (asked.size ? "?" + asked : "") + (form.dataset.goal ? "#" + form.dataset.goal : "");
    document.querySelector("main").append(link);
    link.click();
    link.remove();
  }

  document.addEventListener("submit", ask);
})();
