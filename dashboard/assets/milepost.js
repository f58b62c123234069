// The browser's half of the site: pieces of HTML, links that change the address without loading the
// site again, and what a page says of itself (its title, its language, the head of its print).
(function () {
  // Where the reader goes on after a link: the id of an element; null when no link was followed.
  let goal = null;

  function Markup(props) {
    return window.React.createElement("div", {
      className: "markup",
      dangerouslySetInnerHTML: { __html: props.html },
    });
  }

  function say(said) {
    if (!said) {
      return window.dash_clientside.no_update;
    }
    document.title = said.title;
    document.documentElement.lang = said.lang;
    printHead(said);
    requestAnimationFrame(arrive);
    return said.lang;
  }

  // Every printed sheet says what it shows, from which snapshot and to what day.
  function printHead(said) {
    const old = document.getElementById("print-head");
    const style = old || document.head.appendChild(document.createElement("style"));
    const box = (text) => "{ content: " + JSON.stringify(text) + "; font: 9pt sans-serif; color: #444 }";
    style.id = "print-head";
    style.textContent = "@page { @top-left " + box(said.title) + " @bottom-left " + box(said.source) + " }";
  }

  // A screen reader goes on reading where the focus is: at what the link led to.
  function arrive() {
    document.dispatchEvent(new CustomEvent("milepost:shown"));
    const first = goal === null;
    const id = first ? location.hash.slice(1) : goal;
    const found = id && document.getElementById(decodeURIComponent(id));
    goal = null;
    if (found) {
      found.focus({ preventScroll: true });
      if (id !== "title") {
        found.scrollIntoView();
      }
    }
  }

  function follow(event) {
    const link = event.target.closest("a[href]");
    closeMenus(event.target);
    if (!link || event.defaultPrevented || event.button !== 0) {
      return;
    }
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
      return;
    }
    const elsewhere = link.origin !== location.origin || link.target || link.hasAttribute("download");
    const here = link.pathname === location.pathname && link.search === location.search;
    if (elsewhere || (here && link.hash)) {
      return;
    }
    event.preventDefault();
    const part = link.pathname === location.pathname && link.closest("main [id]");
    go(link.href, link.hash.slice(1) || (part && part.id));
  }

  // The page of an address, without loading the site again.
  function go(href, to) {
    goal = to || "title";
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    if (goal === "title") {
      window.scrollTo(0, 0);
    }
  }

  function closeMenus(target) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!target || !menu.contains(target)) {
        menu.open = false;
      }
    }
  }

  window.milepost = { Markup: Markup, go: go };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { milepost: { say: say } });
  document.addEventListener("click", follow);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(null));
  window.addEventListener("popstate", () => (goal = "title"));
})();
