// The own place: a reader's choice of the page to begin with, kept in this browser and sent nowhere. The
// document has this script in its head: whoever has an own place is led there before another page shows.
(function () {
  const KEY = "milepost.own";

  // A browser that keeps nothing has no own place; everything else works.
  function kept() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function keep(address) {
    try {
      if (address) {
        localStorage.setItem(KEY, address);
      } else {
        localStorage.removeItem(KEY);
      }
    } catch {
      return;
    }
  }

  // A place is the same in either language.
  function same(one, other) {
    const plain = (address) => address && address.replace("&lang=en", "");
    return plain(one) === plain(other);
  }

  // Only the bare address of the site leads there, and only when it is newly opened: any other address
  // says what it shows, and going back or loading again keeps what was shown.
  function begin() {
    const own = kept();
    const how = performance.getEntriesByType("navigation")[0];
    const anew = !how || how.type === "navigate";
    const bare = location.pathname === "/" && !location.search && !location.hash;
    if (own && own.startsWith("/place/") && anew && bare) {
      document.documentElement.hidden = true;
      location.replace(own);
    }
  }

  function show() {
    const own = kept();
    for (const button of document.querySelectorAll("button.own")) {
      const is = same(own, button.dataset.own);
      button.setAttribute("aria-pressed", String(is));
      button.parentElement.querySelector(".own-note").hidden = !is;
    }
    for (const way of document.querySelectorAll("a.own-link")) {
      way.hidden = !own;
      if (own) {
        way.href = own;
      }
    }
  }

  function choose(event) {
    const button = event.target.closest("button.own");
    if (button) {
      keep(same(kept(), button.dataset.own) ? null : button.dataset.own);
      show();
    }
  }

  begin();
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", choose);
  document.addEventListener("milepost:shown", show);
  window.addEventListener("storage", show);
})();
