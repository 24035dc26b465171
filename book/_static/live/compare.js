/* Bicubic against a network under one slider, the HR picture beside, all zoomed alike. */
(function (mer) {
  "use strict";

  /** data: {pictures: [address of the HR, ...], pairs: [{factor, network, before, after}]}, where
   * before and after are {picture: its place, psnr: in dB, null where equal}. */
  (mer.demos ??= {}).compare = function (stage, data) {
    const view = { pair: data.pairs[0], zoom: 1, x: 0.5, y: 0.5 };
    const layer = (name) => mer.element("div", { className: `mer-layer mer-${name}` });
    const before = layer("before"), after = layer("after"), hr = layer("hr");
    const edge = mer.element("div", { className: "mer-edge" });
    const window_ = mer.element("div", {
      className: "mer-window", tabIndex: 0, role: "application",
      "aria-label": "The two pictures. Arrow keys move them, plus and minus zoom.",
    }, before, after, edge);
    const beside = mer.element("div", { className: "mer-window" }, hr);
    const said = mer.element("p", { className: "mer-said", role: "status" });

    const names = data.pairs.map((p, i) => [i, `${p.network} against bicubic, × ${p.factor}`]);
    const pair = mer.choice("Pair", names, (i) => { view.pair = data.pairs[i]; show(); });
    const split = mer.slider("Bicubic to the left of", {
      min: 0, max: 100, step: 1, value: 50, show: (v) => `${v} %`, change: show,
    });
    const zoom = mer.slider("Zoom", {
      min: 1, max: 8, step: 0.5, value: 1, show: (v) => `× ${v}`,
      change: (v) => { view.zoom = v; show(); },
    });

    function show() {
      const { pair: p } = view;
      for (const [div, i] of [[before, p.before.picture], [after, p.after.picture], [hr, 0]]) {
        div.style.backgroundImage = `url(${data.pictures[i]})`;
        div.style.backgroundSize = `${100 * view.zoom}%`;
        div.style.backgroundPosition = `${100 * view.x}% ${100 * view.y}%`;
      }
      before.style.clipPath = `inset(0 ${100 - split.value}% 0 0)`;
      edge.style.left = `${split.value}%`;
      const [old, new_] = [p.before.psnr ?? Infinity, p.after.psnr ?? Infinity], gain = new_ - old;
      said.textContent =
        `PSNR of this frame: bicubic ${mer.decibel(old)}, ${p.network} ${mer.decibel(new_)} ` +
        `(${gain < 0 ? "−" : "+"}${Math.abs(gain).toFixed(2)} dB).`;
    }

    const within = (v) => Math.min(1, Math.max(0, v));
    const move = (x, y) => {
      view.x = within(view.x + x);
      view.y = within(view.y + y);
      show();
    };
    const magnify = (by) => {
      zoom.value = view.zoom = Math.min(8, Math.max(1, view.zoom + by));
      show();
    };
    const keys = {
      ArrowLeft: () => move(-0.05, 0), ArrowRight: () => move(0.05, 0),
      ArrowUp: () => move(0, -0.05), ArrowDown: () => move(0, 0.05),
      "+": () => magnify(0.5), "=": () => magnify(0.5), "-": () => magnify(-0.5),
    };
    window_.addEventListener("keydown", (event) => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
    mer.drag(window_, (x) => { split.value = Math.round(100 * x); show(); });
    mer.drag(beside, (x, y) => { view.x = x; view.y = y; show(); });

    const figure = (box, text) =>
      mer.element("figure", {}, box, mer.element("figcaption", {}, text));
    stage.append(
      pair.row,
      mer.element("div", { className: "mer-tiles mer-two" },
        figure(window_, "Left of the line bicubic, right of it the network. Drag the line."),
        figure(beside, "The HR original. Drag here to move all three when zoomed.")),
      split.row, zoom.row, said);
    show();
  };
})((globalThis.mer ??= {}));
