// The arrow keys of a briefing on the wall: they follow the links that the slide has.
(function () {
  const KEYS = {
    ArrowRight: "a[rel=next]", PageDown: "a[rel=next]", " ": "a[rel=next]",
    ArrowLeft: "a[rel=prev]", PageUp: "a[rel=prev]", Escape: "a.leave",
  };

  document.addEventListener("keydown", (event) => {
    const nav = document.querySelector(".stage .way-on nav");
    if (!nav || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const link = KEYS[event.key] && nav.querySelector(KEYS[event.key]);
    if (link) {
      event.preventDefault();
      // Pressed again before the next slide is there, a key leads nowhere.
      if (link.href !== location.href) {
        link.click();
      }
    }
  });
})();
