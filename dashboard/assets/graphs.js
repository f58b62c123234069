// What plotly draws, in the colours of the style sheet. A figure names the variable of each of its parts (a
// trace in `meta`, an annotation or a shape in `name`); it is dressed as soon as it is drawn, and again when
// the scheme, the width or the medium changes. Until then it is hidden in the room that is kept for it.
(function () {
  // Narrower than this, texts are smaller.
  const NARROW = 600, TEXT = 13, SMALL = 12;
  const FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif';
  const dark = matchMedia("(prefers-color-scheme: dark)"), print = matchMedia("print");
  const looks = new WeakMap();
  const dressers = new WeakMap();
  const pen = document.createElement("canvas").getContext("2d");
  let printing = false;

  const onPaper = () => printing || print.matches;

  // The value of a variable of the style sheet; on paper and in saved pictures that of the light scheme.
  function palette(light) {
    const root = document.documentElement;
    const before = root.dataset.scheme;
    if (light) {
      root.dataset.scheme = "light";
    }
    const style = getComputedStyle(root);
    const names = ["ink", "soft", "line", "paper", "value", "expected", "required", "needed", "achieved",
      "on_track", "at_risk", "off_track", "missed", "breached", "not_started", "no_data"];
    const found = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    if (before === undefined) {
      delete root.dataset.scheme;
    }
    return found;
  }

  function wide(text, size) {
    pen.font = `${text.startsWith("<b>") ? 700 : 400} ${size}px ${FONT}`;
    return pen.measureText(text.replace(/<[^>]*>/g, "")).width;
  }

  // The names at the ends of lines have the room that they need.
  function roomFor(names, size) {
    return Math.ceil(Math.max(8, ...names.map((one) => wide(one.text, size) + one.xshift + 4)));
  }

  // A name that is wider than its place among the multiples ends in dots: the table has all of it.
  function shortened(name, room, size) {
    let text = name;
    while (text.length > 2 && wide(text, size) > room) {
      text = text.slice(0, text.endsWith("…") ? -2 : -1) + "…";
    }
    return text;
  }

  // The figure as it looks at a width, with these colours.
  function dressed(graph, width, colours) {
    const { data, layout } = structuredClone({ data: graph.data, layout: graph.layout });
    const { small } = layout.meta;
    const size = (small ? SMALL : TEXT) - (width < NARROW ? (small ? 2 : 1.5) : 0);
    const annotations = layout.annotations || [];
    for (const trace of data) {
      trace[trace.mode === "markers" ? "marker" : "line"].color = colours[trace.meta];
    }
    for (const part of annotations) {
      part.font = { ...part.font, size, color: colours[part.name] };
    }
    for (const part of layout.shapes || []) {
      part.line.color = colours[part.name];
    }
    for (const [name, axis] of Object.entries(layout)) {
      if (/^[xy]axis\d*$/.test(name)) {
        Object.assign(axis, { gridcolor: colours.line, linecolor: colours.soft, tickcolor: colours.line });
        axis.tickfont = { size, color: colours.soft };
      }
    }
    layout.font = { ...layout.font, size, color: colours.ink };
    layout.title = { ...layout.title, font: { size, color: colours.soft } };
    layout.hoverlabel = { ...layout.hoverlabel, bgcolor: colours.paper, bordercolor: colours.ink };
    layout.hoverlabel.font = { ...layout.hoverlabel.font, size: TEXT, color: colours.ink };
    if (small) {
      fitHeads(annotations, layout, width, size);
    } else {
      layout.margin.r = roomFor(annotations.filter((one) => one.xref === "paper"), size);
      layout.margin.l = Math.ceil(Math.max(...layout.yaxis.ticktext.map((one) => wide(one, size)))) + 4;
    }
    return { data, layout };
  }

  // Name and number stand in pairs above each of the multiples: where both have no room in one line, the name
  // stands above the number.
  function fitHeads(heads, layout, width, size) {
    const room = (layout.xaxis.domain[1] - layout.xaxis.domain[0]) * width;
    for (let i = 0; i + 1 < heads.length; i += 2) {
      const [name, number] = [heads[i], heads[i + 1]];
      const beside = wide(name.hovertext, size) + wide(number.text, size) + 5 <= room;
      name.yshift = beside ? 0 : Math.ceil(1.5 * size);
      name.text = shortened(name.hovertext, room, size);
    }
  }

  function sized(layout, width, height) {
    const { autosize, ...rest } = layout;
    return width ? { ...rest, width, height } : { ...rest, width: undefined, height: undefined, autosize: true };
  }

  function dress(graph) {
    const paper = onPaper();
    const [width, height] = paper ? graph.layout.meta.paper : [graph.clientWidth, 0];
    const look = `${paper ? "paper" : dark.matches} ${width}`;
    if (!width || looks.get(graph.layout) === look) {
      return;
    }
    const next = dressed(graph, width, palette(paper));
    next.layout = sized(next.layout, paper && width, height);
    looks.set(next.layout, look);
    graph.closest(".graph").style.setProperty("--paper-height", `${graph.layout.meta.paper[1]}px`);
    window.Plotly.react(graph, next.data, next.layout);
    graph.classList.add("dressed");
  }

  function dressAll() {
    document.querySelectorAll(".graph .js-plotly-plot").forEach(dress);
  }

  function take(graph) {
    if (!dressers.has(graph)) {
      dressers.set(graph, () => dress(graph));
    }
    graph.removeListener("plotly_afterplot", dressers.get(graph));
    graph.on("plotly_afterplot", dressers.get(graph));
    dress(graph);
  }

  // SVG of a graph in the light scheme, and its size.
  async function svgOf(graph) {
    const [width, height] = [graph._fullLayout.width, graph._fullLayout.height].map(Math.round);
    const figure = dressed(graph, width, palette(true));
    const address = await window.Plotly.toImage(figure, { format: "svg", width, height });
    const text = decodeURIComponent(address.slice(address.indexOf(",") + 1));
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    return { svg, width, height };
  }

  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        // Not what plotly draws aside to make a picture of.
        if (node.classList && node.classList.contains("plot-container") && node.closest(".graph")) {
          take(node.closest(".js-plotly-plot"));
        }
      }
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
  dark.addEventListener("change", dressAll);
  print.addEventListener("change", dressAll);
  for (const [event, now] of [["beforeprint", true], ["afterprint", false]]) {
    window.addEventListener(event, () => {
      printing = now;
      dressAll();
    });
  }
  window.graphs = { palette, svgOf };
})();
