/* A ranking that changes as one parameter moves: bars in the order of their values. */
(function (mer) {
  "use strict";

  /** data: {parameter, unit, measure, values: [...], methods: {name: [number, ...]}}. */
  (mer.demos ??= {}).ranking = function (stage, data) {
    const all = Object.values(data.methods).flat();
    const low = Math.floor(Math.min(...all)) - 1, high = Math.max(...all);
    const list = mer.element("ol", { className: "mer-bars" });
    const said = mer.element("p", { className: "mer-said", role: "status" });
    const bars = new Map();
    for (const name of Object.keys(data.methods)) {
      const fill = mer.element("span", { className: "mer-fill", "aria-hidden": "true" });
      const text = mer.element("span", {});
      const item = mer.element("li", {}, fill, text);
      bars.set(name, { item, fill, text });
      list.append(item);
    }
    const names = [...bars.keys()];
    const order = (i) => [...names].sort((a, b) => data.methods[b][i] - data.methods[a][i]);

    function show(i) {
      const ranked = order(i);
      ranked.forEach((name, rank) => {
        const value = data.methods[name][i], { item, fill, text } = bars.get(name);
        fill.style.width = `${(100 * (value - low)) / (high - low)}%`;
        text.textContent = `${rank + 1}. ${name}: ${value.toFixed(2)} ${data.unit}`;
        item.style.transform = `translateY(${rank * 100}%)`;
        item.classList.toggle("mer-first", rank === 0);
      });
      const [first, second] = ranked;
      const lead = data.methods[first][i] - data.methods[second][i];
      said.textContent =
        `At ${data.parameter} ${data.values[i]}, ${first} leads by ${lead.toFixed(2)} ` +
        `${data.unit} before ${second}; last is ${ranked.at(-1)}.`;
    }

    const slider = mer.slider(data.parameter, {
      min: 0, max: data.values.length - 1, step: 1, value: data.start,
      show: (i) => String(data.values[i]), change: show,
    });
    list.style.setProperty("--mer-rows", names.length);
    stage.append(slider.row, list, said);
    stage.append(mer.element("p", { className: "mer-note" }, `Bars begin at ${low} ${data.unit}.`));
    show(data.start);
  };
})((globalThis.mer ??= {}));
