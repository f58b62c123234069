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
        if (place.lang !== page.lang) {
          place.lang = document.documentElement.lang = page.lang; // even the same has all styles found anew
        }
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

  // What stands there and is wanted again is left as it is, with all that the reader opened or filled in. What
  // is not wanted goes first: to take away what has the focus has the browser lay out all that stands.
  function lay(room, pieces) {
    const standing = [...room.children].filter((part) => part.dataset.mark);
    const stays = new Map();
    let next = 0;
    for (const piece of pieces) {
      const found = standing.findIndex((part, at) => at >= next && part.dataset.mark === piece.mark);
      if (found >= 0) {
        stays.set(piece, standing[found]);
        next = found + 1;
      }
    }
    const kept = new Set(stays.values());
    standing.filter((part) => !kept.has(part)).forEach((part) => part.remove());
    let last = null;
    for (const piece of pieces) {
      const part = stays.get(piece) || made(piece);
      if (!kept.has(part)) {
        room.insertBefore(part, last ? last.nextSibling : room.querySelector(":scope > [data-mark]"));
      }
      if (piece.parts) {
        lay(part.firstElementChild, piece.parts);
      }
      last = part;
    }
  }

  function made({ mark, html }) {
    const part = document.createElement("div");
    part.className = "piece";
    part.dataset.mark = mark;
    part.innerHTML = html;
    return part;
  }

  // Every printed sheet says what it shows, from which snapshot and to what day.
  function printHead(page) {
    const old = document.getElementById("print-head");
    const style = old || document.head.appendChild(document.createElement("style"));
    const box = (text) => "{ content: " + JSON.stringify(text) + "; font: 9pt sans-serif; color: #444 }";
    style.id = "print-head";
    const said = "@page { @top-left " + box(page.title) + " @bottom-left " + box(page.source) + " }";
    if (style.textContent !== said) {
      style.textContent = said;
    }
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
