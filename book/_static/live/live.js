/* The live parts of the book: finds them in a page, brings what they need, builds their controls.
 *
 * Nothing here asks a server for anything. A page on the disk may run scripts but not read files,
 * so large parts are scripts too: `mer.need("name")` adds one, which calls `mer.receive`.
 */
(function (mer) {
  "use strict";
  const base = new URL(".", document.currentScript.src);
  const waiting = new Map(); // name -> {promise, resolve}

  /** Load a large part of the demos once; resolves to what it carries. */
  mer.need = function (name) {
    if (!waiting.has(name)) {
      const entry = {};
      entry.promise = new Promise((resolve, reject) => {
        entry.resolve = resolve;
        const script = document.createElement("script");
        script.src = new URL(`${name}.js`, base);
        script.onerror = () => {
          waiting.delete(name);
          reject(new Error(`${name}.js is not beside this page`));
        };
        document.head.append(script);
      });
      waiting.set(name, entry);
    }
    return waiting.get(name).promise;
  };

  mer.receive = (name, part) => waiting.get(name)?.resolve(part);

  /** An element: properties, aria-* and data-* attributes, children. */
  mer.element = function (tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(properties))
      if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, value);
      else made[key] = value;
    made.append(...children);
    return made;
  };

  let ids = 0;

  /** A labelled slider; `show` turns its value into what is written (and read aloud) beside it. */
  mer.slider = function (text, { min, max, step, value, show = String, change }) {
    const id = `mer-${++ids}`;
    const written = mer.element("output", { for: id });
    const input = mer.element("input", { type: "range", id, min, max, step, value });
    const label = mer.element("label", { htmlFor: id }, text);
    const tell = () => {
      written.value = show(Number(input.value));
      input.setAttribute("aria-valuetext", written.value);
    };
    input.addEventListener("input", () => {
      tell();
      change(Number(input.value));
    });
    tell();
    const row = mer.element("div", { className: "mer-control" }, label, input, written);
    return {
      row, input,
      get value() { return Number(input.value); },
      set value(number) { input.value = number; tell(); },
    };
  };

  /** A labelled list of choices: [value, text] pairs. */
  mer.choice = function (text, options, change) {
    const id = `mer-${++ids}`;
    const select = mer.element("select", { id });
    for (const [value, name] of options) select.append(mer.element("option", { value }, name));
    select.addEventListener("change", () => change(select.value));
    const label = mer.element("label", { htmlFor: id }, text);
    return { row: mer.element("div", { className: "mer-control" }, label, select), select };
  };

  /** Draw a picture of 1 or 3 channels, one canvas pixel each. */
  mer.paint = function (canvas, picture) {
    const { width, height, channels, data } = picture;
    canvas.width = width;
    canvas.height = height;
    const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let i = 0; i < width * height; i++)
      for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[channels * i + (channels === 3 ? c : 0)];
    canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  };

  mer.decibel = (value) => (value === Infinity ? "equal" : `${value.toFixed(2)} dB`);

  /** Follow a finger or the mouse on `target`; `move` gets the place as shares of its sides. */
  mer.drag = function (target, move) {
    const tell = (event) => {
      const box = target.getBoundingClientRect();
      const share = (at, start, size) => Math.min(1, Math.max(0, (at - start) / size));
      move(share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height));
    };
    target.addEventListener("pointerdown", (event) => {
      target.setPointerCapture(event.pointerId);
      tell(event);
    });
    target.addEventListener("pointermove", (event) => {
      if (target.hasPointerCapture(event.pointerId)) tell(event);
    });
  };

  mer.demos ??= {}; // name -> function (element, data)

  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-demo]")) {
      const data = place.querySelector('script[type="application/json"]');
      const stage = mer.element("div", { className: "mer-stage" });
      mer.demos[place.dataset.demo](stage, data ? JSON.parse(data.textContent) : null, place);
      place.append(stage);
      place.classList.add("mer-alive");
    }
  });
})((globalThis.mer ??= {}));
