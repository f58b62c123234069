// Forms that lead to an address: without loading the site again, and without what is left empty.
(function () {
  function submit(event) {
    const form = event.target.closest("form.asking");
    if (!form) {
      return;
    }
    event.preventDefault();
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value) {
        asked.append(name, value);
      }
    }
    const menu = form.closest("details.menu");
    if (menu) {
      menu.open = false;
    }
    window.milepost.go(form.getAttribute("action") + "?" + asked);
  }

  document.addEventListener("submit", submit);
})();
