// The browser's half of the site: pieces of HTML, links that change the address without loading the
// site again, and what a page says of itself (its title and language).
(function () {
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
    return said.lang;
  }

  function follow(event) {
    const link = event.target.closest("a[href]");
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
    history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  window.milepost = { Markup: Markup };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { milepost: { say: say } });
  document.addEventListener("click", follow);
})();
