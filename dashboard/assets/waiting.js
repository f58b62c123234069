// What a reader is told while a page is on its way, and when it does not come: without this, Dash would
// leave the old page standing in silence. The words are those of `state` in dashboard/site.py.
(function () {
  const PATIENCE = 250; // milliseconds; what comes sooner needs no announcement
  const asked = window.fetch.bind(window);
  let waiting = 0, timer = 0;

  function say(kind) {
    const state = document.getElementById("state");
    if (!state) {
      return;
    }
    const said = kind ? document.createElement("p") : "";
    if (kind) {
      said.className = kind;
      said.textContent = state.dataset[kind + (document.documentElement.lang === "en" ? "En" : "Zh")];
    }
    state.replaceChildren(said);
  }

  window.fetch = async function (resource, options) {
    if (!String(resource.url || resource).includes("_dash-update-component")) {
      return asked(resource, options);
    }
    waiting += 1;
    clearTimeout(timer);
    // What came with the document can be read while Dash makes ready.
    const live = document.querySelector("#page[data-live]");
    timer = live ? setTimeout(() => say("busy"), PATIENCE) : 0;
    let failed = true;
    try {
      const answer = await asked(resource, options);
      failed = !answer.ok;
      return answer;
    } finally {
      waiting -= 1;
      if (!waiting) {
        clearTimeout(timer);
        say(failed ? "failed" : "");
      }
    }
  };
})();
