// The browser's half of the site: the pieces of a page, links that change the address without loading the
// site again, and what a page says of itself (its title, its language, the head of its print).
(function () {
  // Where the reader goes on after a link: the id of an element; null when no link was followed.
  let goal = null;

  // Lays the pieces of a page (dashboard/markup.py), then has Dash draw the graphs in their rooms. Until the
  // first are laid, and the page is marked as live, what came with the document (dashboard/entry.py) stands
  // alone.
  function Page({ page, children }) {
    const { useLayoutEffect, useState } = window.React;
    const [laid, setLaid] = useState({});
    useLayoutEffect(() => {
      if (page) {
        const place = document.getElementById("page");
        lay(place.firstElementChild, page.head);
        lay(place.lastElementChild, page.body);
        place.className = page.frame;
        place.lastElementChild.className = page.room;
        place.lang = document.documentElement.lang = page.lang;
        document.title = page.title;
        printHead(page);
        place.dataset.live = "";
        setLaid({ page: page, rooms: place.querySelectorAll(".graph-room") });
        requestAnimationFrame(arrive);
      }
    }, [page]);
    // One child alone comes as it is, several as an array.
    const graphs = laid.page === page && children ? [].concat(children) : [];
    return graphs.map((graph, at) => window.ReactDOM.createPortal(graph, laid.rooms[at], at));
  }

  // What stands there and is wanted again is left as it is, with all that the reader opened or filled in.
  function lay(room, pieces) {
    let at = room.firstElementChild;
    const removeTo = (end) => {
      while (at !== end) {
        const next = at.nextElementSibling;
        at.remove();
        at = next;
      }
    };
    for (const { mark, html } of pieces) {
      let same = at;
      while (same && same.dataset.mark !== mark) {
        same = same.nextElementSibling;
      }
      if (same) {
        removeTo(same);
        at = same.nextElementSibling;
      } else {
        const piece = document.createElement("div");
        piece.className = "piece";
        piece.dataset.mark = mark;
        piece.innerHTML = html;
        room.insertBefore(piece, at);
      }
    }
    removeTo(null);
  }

  // Every printed sheet says what it shows, from which snapshot and to what day.
  function printHead(page) {
    const old = document.getElementById("print-head");
    const style = old || document.head.appendChild(document.createElement("style"));
    const box = (text) => "{ content: " + JSON.stringify(text) + "; font: 9pt sans-serif; color: #444 }";
    style.id = "print-head";
    style.textContent = "@page { @top-left " + box(page.title) + " @bottom-left " + box(page.source) + " }";
  }

  // A screen reader goes on reading where the focus is: at what the link led to. To what the address of a
  // document names, the browser has gone by itself.
  function arrive() {
    document.dispatchEvent(new CustomEvent("milepost:shown"));
    const id = goal;
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

  // The page of an address, without loading the site again once Dash shows pages.
  function go(href, to) {
    if (!document.querySelector("#page[data-live]")) {
      location.assign(href);
      return;
    }
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

  window.milepost = { Page: Page, go: go };
  document.addEventListener("click", follow);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(null));
  window.addEventListener("popstate", () => (goal = "title"));
})();
