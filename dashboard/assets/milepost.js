// What the browser must be told of a page that the server has drawn: its title and its language.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  milepost: {
    say: function (said) {
      if (!said) {
        return window.dash_clientside.no_update;
      }
      document.title = said.title;
      document.documentElement.lang = said.lang;
      if (!window.location.hash) {
        window.scrollTo(0, 0);
      }
      return said.lang;
    },
  },
});
