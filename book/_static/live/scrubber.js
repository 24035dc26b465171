/* A clip cut along its three planes, and the LBP code of the voxel where they cross. */
(function (mer) {
  "use strict";
  const PLANES = ["XY", "XT", "YT"];

  /** data: {width, height, frames, voxels: base64 of grey bytes, x, y, t}. */
  (mer.demos ??= {}).scrubber = function (stage, data) {
    const { width, height, frames } = data;
    const bytes = Uint8ClampedArray.from(atob(data.voxels), (letter) => letter.charCodeAt(0));
    const clip = { width, height, frames, data: bytes };
    const at = { x: data.x, y: data.y, t: data.t };
    const size = { x: width, y: height, t: frames };
    let coded = false;
    const code = (plane, x, y, t) => mer.pictures.code(clip, plane, x, y, t);

    const cuts = {}; // XY: columns x, rows y; XT below it: rows t; YT beside it: columns t
    const axes = { XY: ["x", "y"], XT: ["x", "t"], YT: ["t", "y"] };
    for (const plane of PLANES) {
      const canvas = mer.element("canvas", { role: "img" });
      const across = mer.element("span", { className: "mer-hair" });
      const down = mer.element("span", { className: "mer-hair mer-down" });
      const box = mer.element("div", { className: `mer-cut mer-${plane}` }, canvas, across, down);
      const patch = mer.element("div", { className: "mer-patch" });
      cuts[plane] = { canvas, across, down, box, patch };
      mer.drag(box, (a, b) => {
        const [i, j] = axes[plane];
        at[i] = Math.min(size[i] - 1, Math.floor(a * size[i]));
        at[j] = Math.min(size[j] - 1, Math.floor(b * size[j]));
        show();
      });
    }
    const planes = mer.element("div", {
      className: "mer-planes", tabIndex: 0, role: "application",
      "aria-label": "Three planes of the clip. Arrow keys move the cursor, page up and page down the frame.",
    }, ...PLANES.map((p) => cuts[p].box));
    planes.style.setProperty("--mer-width", width);
    planes.style.setProperty("--mer-height", height);
    planes.style.setProperty("--mer-frames", frames);

    const said = mer.element("p", { className: "mer-said", role: "status" });
    const patches = mer.element("div", { className: "mer-patches" });
    for (const plane of PLANES) patches.append(cuts[plane].patch);

    function picture(plane) {
      const [i, j] = axes[plane], out = mer.pictures.empty(size[i], size[j], 1);
      const place = { ...at };
      for (place[j] = 0; place[j] < size[j]; place[j]++)
        for (place[i] = 0; place[i] < size[i]; place[i]++) {
          const { x, y, t } = place;
          out.data[place[j] * size[i] + place[i]] =
            coded ? code(plane, x, y, t) ?? 0 : bytes[(t * height + y) * width + x];
        }
      return out;
    }

    /** The voxel and its eight neighbours on a plane, with the bit that each gives. */
    function explain(plane) {
      const { x, y, t } = at, value = code(plane, x, y, t);
      const grey = (i, j, k) => bytes[(k * height + j) * width + i];
      const table = mer.element("table", { className: "mer-bits", "aria-hidden": "true" });
      const cells = new Map([["0,0", [grey(x, y, t), ""]]]);
      mer.pictures.STEPS[plane].forEach(([i, j, k], p) => {
        const [a, b] = { XY: [i, j], XT: [i, k], YT: [k, j] }[plane];
        const known = value === null ? null : grey(x + i, y + j, t + k);
        cells.set(`${a},${b}`, [known ?? "", value === null ? "" : (value >> p) & 1]);
      });
      for (const b of [-1, 0, 1]) {
        const row = table.insertRow();
        for (const a of [-1, 0, 1]) {
          const [level, bit] = cells.get(`${a},${b}`);
          const cell = row.insertCell();
          cell.append(`${level}`, mer.element("sub", {}, `${bit}`));
          if (bit === 1) cell.className = "mer-one";
          if (!a && !b) cell.className = "mer-middle";
        }
      }
      const binary = value === null ? "" : value.toString(2).padStart(8, "0");
      const kind = value !== null && mer.pictures.isUniform(value) ? "uniform" : "not uniform";
      const text = value === null ? "no code at the edge" : `${binary} = ${value}, ${kind}`;
      cuts[plane].patch.replaceChildren(
        mer.element("strong", {}, plane), table, mer.element("span", {}, text));
      return value === null ? `${plane} none` : `${plane} ${value}`;
    }

    function show() {
      for (const plane of PLANES) {
        const [i, j] = axes[plane], { canvas, across, down } = cuts[plane];
        mer.paint(canvas, picture(plane));
        canvas.setAttribute("aria-label", `${coded ? "Codes" : "Grey levels"} of the plane ${plane}`);
        down.style.left = `${(100 * (at[i] + 0.5)) / size[i]}%`;
        across.style.top = `${(100 * (at[j] + 0.5)) / size[j]}%`;
      }
      for (const axis of ["x", "y", "t"]) sliders[axis].value = at[axis];
      const found = PLANES.map(explain).join(", ");
      said.textContent =
        `Column ${at.x}, row ${at.y}, frame ${at.t}: grey level ` +
        `${bytes[(at.t * height + at.y) * width + at.x]}; codes ${found}.`;
    }

    const move = (axis, by) => {
      at[axis] = Math.min(size[axis] - 1, Math.max(0, at[axis] + by));
      show();
    };
    const keys = {
      ArrowLeft: ["x", -1], ArrowRight: ["x", 1], ArrowUp: ["y", -1], ArrowDown: ["y", 1],
      PageUp: ["t", -1], PageDown: ["t", 1],
    };
    planes.addEventListener("keydown", (event) => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      move(...keys[event.key]);
    });
    const sliders = {};
    for (const [axis, text] of [["t", "Frame t"], ["x", "Column x"], ["y", "Row y"]])
      sliders[axis] = mer.slider(text, {
        min: 0, max: size[axis] - 1, step: 1, value: at[axis],
        change: (v) => { at[axis] = v; show(); },
      });
    const box = mer.element("input", { type: "checkbox" });
    box.addEventListener("change", () => { coded = box.checked; show(); });
    stage.append(
      planes, sliders.t.row, sliders.x.row, sliders.y.row,
      mer.element("label", { className: "mer-check" }, box, " show the codes instead of the grey levels"),
      said, patches);
    show();
  };
})((globalThis.mer ??= {}));
