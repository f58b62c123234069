// A chart as a file: what is drawn on the page, by plotly or as HTML and marks of ours, becomes one SVG with
// the title above and the source below, in the light scheme, whatever the screen shows. PNG is that SVG, painted.
(function () {
  const MARGIN = 16, HEAD = 34, FOOT = 30, SHARP = 2;
  const FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif';
  const NS = "http://www.w3.org/2000/svg";

  function element(name, attributes, text) {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, value);
    }
    made.textContent = text || "";
    return made;
  }

  const round = (number) => Math.round(number * 100) / 100;
  const clear = (colour) => colour === "transparent" || /, 0\)$/.test(colour);

  // Where an element is painted, measured from the corner of the drawing; `scale` undoes the zoom of
  // very large screens.
  function placing(drawing) {
    const corner = drawing.getBoundingClientRect();
    const scale = corner.width / drawing.offsetWidth || 1;
    const at = (x, y) => [round((x - corner.left) / scale), round((y - corner.top) / scale)];
    // A table that is scrolled on a narrow screen is saved whole.
    const widths = [...drawing.querySelectorAll("table")].map((one) => one.offsetWidth);
    return { at, scale, width: Math.max(drawing.offsetWidth, ...widths), height: drawing.offsetHeight };
  }

  function box(found, style, place) {
    const [x, y] = place.at(found.left, found.top);
    const size = { x, y, width: round(found.width / place.scale), height: round(found.height / place.scale) };
    const shapes = [];
    if (!clear(style.backgroundColor) && size.width && size.height) {
      const rx = Math.min(parseFloat(style.borderTopLeftRadius) || 0, size.height / 2);
      shapes.push(element("rect", { ...size, rx, fill: style.backgroundColor }));
    }
    const edges = {
      Left: [x, y, x, y + size.height],
      Bottom: [x, y + size.height, x + size.width, y + size.height],
    };
    for (const [side, [x1, y1, x2, y2]] of Object.entries(edges)) {
      const width = parseFloat(style[`border${side}Width`]);
      const colour = style[`border${side}Color`];
      if (width && style[`border${side}Style`] !== "none" && !clear(colour)) {
        shapes.push(element("line", { x1, y1, x2, y2, stroke: colour, "stroke-width": width }));
      }
    }
    return shapes;
  }

  function shape(drawn, style, place) {
    const matrix = drawn.getScreenCTM();
    const points = [...drawn.points].map((point) => {
      const moved = point.matrixTransform(matrix);
      return place.at(moved.x, moved.y).join(",");
    });
    const looks = { points: points.join(" "), fill: style.fill };
    if (style.stroke !== "none") {
      looks.stroke = style.stroke;
      looks["stroke-width"] = parseFloat(style.strokeWidth);
      looks["stroke-dasharray"] = style.strokeDasharray.replaceAll("px", "");
    }
    return element(drawn.tagName, looks);
  }

  // The lines of a text as the browser broke them.
  function words(node, style, place) {
    const range = document.createRange();
    const lines = [];
    for (let i = 0; i < node.length; i++) {
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const spot = range.getBoundingClientRect();
      const last = lines[lines.length - 1];
      if (last && Math.abs(last.top - spot.top) < 3) {
        last.text += node.data[i];
      } else if (spot.width && node.data[i].trim()) {
        lines.push({ text: node.data[i], left: spot.left, top: spot.top, height: spot.height });
      }
    }
    const size = parseFloat(style.fontSize);
    return lines.filter((one) => one.text.trim()).map((one) => {
      const [x, middle] = place.at(one.left, one.top + one.height / 2);
      const looks = { x, y: round(middle + 0.36 * size), fill: style.color, "font-size": size };
      if (Number(style.fontWeight) >= 600) {
        looks["font-weight"] = style.fontWeight;
      }
      return element("text", looks, one.text.trimEnd());
    });
  }

  function shapes(node, place) {
    if (node.nodeType === Node.TEXT_NODE) {
      return words(node, getComputedStyle(node.parentElement), place);
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.tagName === "CAPTION" || !node.checkVisibility()) {
      return [];
    }
    const style = getComputedStyle(node);
    if (node.points) {
      return [shape(node, style, place)];
    }
    const own = node instanceof SVGElement ? [] : box(node.getBoundingClientRect(), style, place);
    return [...own, ...[...node.childNodes].flatMap((child) => shapes(child, place))];
  }

  // What is drawn as HTML and marks, as shapes; in the light scheme.
  function plain(drawing) {
    const root = document.documentElement;
    root.dataset.scheme = "light";
    try {
      const place = placing(drawing);
      const body = element("g", {});
      body.append(...shapes(drawing, place));
      return { svg: body, width: place.width, height: place.height };
    } finally {
      delete root.dataset.scheme;
    }
  }

  async function picture(figure) {
    const drawing = figure.querySelector(".drawing");
    const graph = drawing.querySelector(".js-plotly-plot");
    const drawn = graph ? await window.graphs.svgOf(graph) : plain(drawing);
    const width = drawn.width + 2 * MARGIN;
    const height = drawn.height + HEAD + FOOT + 2 * MARGIN;
    const svg = element("svg", { xmlns: NS, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT });
    const { ink } = window.graphs.palette(true);
    const text = (value, y, size, weight) => fitted(value, { x: MARGIN, y, fill: ink, "font-size": size, "font-weight": weight }, drawn.width);
    svg.append(element("rect", { width, height, fill: "#ffffff" }));
    svg.append(text(figure.dataset.title, MARGIN + 16, 17, 700));
    const body = element("g", { transform: `translate(${MARGIN} ${MARGIN + HEAD})` });
    body.append(drawn.svg);
    svg.append(body, text(figure.dataset.source, height - MARGIN, 12, 400));
    return { text: new XMLSerializer().serializeToString(svg), width, height };
  }

  // A line that is too long for the picture is set smaller, never cut.
  function fitted(value, looks, width) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${looks["font-weight"]} ${looks["font-size"]}px ${FONT}`;
    const wide = pen.measureText(value).width;
    const size = wide > width ? (looks["font-size"] * width) / wide : looks["font-size"];
    return element("text", { ...looks, "font-size": round(size) }, value);
  }

  function paint(drawn) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = drawn.width * SHARP;
        canvas.height = drawn.height * SHARP;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(resolve, "image/png");
      };
      image.onerror = () => reject(new Error("the picture of the chart could not be painted"));
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(drawn.text);
    });
  }

  async function save(button) {
    const figure = button.closest(".charted").querySelector("figure");
    const drawn = await picture(figure);
    const kind = button.dataset.save;
    const file = kind === "png" ? await paint(drawn) : new Blob([drawn.text], { type: "image/svg+xml" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `${figure.dataset.name}.${kind}`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save]");
    if (button) {
      save(button);
    }
  });
})();
