/* Try it: a picture is reduced, enlarged by bicubic interpolation and by a network, and coded. */
(function (mer) {
  "use strict";
  const SIDE = 128; // HR pixels, as in the chapters
  const SHRINK = 1024; // pixels of a photograph's square that are read at most

  (mer.demos ??= {}).tryit = function (stage) {
    const state = { image: null, hr: null, small: null, busy: null };
    const said = mer.element("p", { className: "mer-said", role: "status" });
    const say = (text) => { said.textContent = text; };
    say("Loading the face …");

    // What is shown: three pictures, the codes of each below it.
    const tile = (name) => {
      const canvas = mer.element("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": name });
      const caption = mer.element("figcaption", {}, name);
      return { name, canvas, caption, box: mer.element("figure", {}, canvas, caption) };
    };
    const names = ["HR", "LR", "bicubic", "network"];
    const tiles = Object.fromEntries(names.map((name) => [name, tile(name)]));
    const codes = Object.fromEntries(["HR", "bicubic", "network"].map((n) => [n, tile(`codes of ${n}`)]));

    // The controls.
    const file = mer.element("input", { type: "file", accept: "image/*", id: "mer-file" });
    const face = mer.element("button", { type: "button" }, "Synthetic face");
    const crop = {
      side: { text: "Square: side", value: 100, min: 5, show: (v) => `${v} % of the shorter side` },
      x: { text: "Square: left to right", value: 50, min: 0, show: (v) => `${v} %` },
      y: { text: "Square: top to bottom", value: 50, min: 0, show: (v) => `${v} %` },
    };
    const cropping = mer.element("div", { hidden: true });
    for (const part of Object.values(crop)) {
      part.slider = mer.slider(part.text, { ...part, max: 100, step: 1, change: () => cut() });
      cropping.append(part.slider.row);
    }
    const model = mer.choice("Network", [], () => {
      sigma.value = 0.4 * factor();
      reduce();
    });
    const sigma = mer.slider("Blur σ", {
      min: 0, max: 4, step: 0.1, value: 0.8, show: (v) => `${v.toFixed(1)} HR pixels`,
      change: () => reduce(),
    });
    const go = mer.element("button", { type: "button", className: "mer-go" }, "Enlarge with the network");
    const stop = mer.element("button", { type: "button", hidden: true }, "Stop");
    const progress = mer.element("progress", { max: 1, value: 0, hidden: true, "aria-label": "Network" });

    let contents = null;
    const factor = () => contents.networks[model.select.value]?.scale ?? 2;

    function fill(entry, picture, text) {
      mer.paint(entry.canvas, picture);
      entry.caption.textContent = text;
      entry.canvas.setAttribute("aria-label", text);
    }

    const title = (name) => {
      const { scale, bytes } = contents.networks[name];
      return `${name} (× ${scale}, ${(bytes / 1e6).toFixed(1)} MB to load)`;
    };

    /** Show a picture with its codes; returns the codes. */
    function present(name, picture, text) {
      const image = mer.pictures.codeImage(mer.pictures.grey(picture));
      fill(tiles[name], picture, text);
      if (name === "HR") state.codes = image;
      const same = (100 * mer.pictures.sameCodes(state.codes, image)).toFixed(0);
      fill(codes[name], image, name === "HR" ? "LBP codes of HR" : `LBP codes: ${same} % as in HR`);
    }

    function blank() {
      for (const entry of [tiles.network, codes.network]) {
        entry.canvas.getContext("2d").clearRect(0, 0, SIDE, SIDE);
        entry.caption.textContent = `${entry.name}: not run yet`;
        entry.canvas.setAttribute("aria-label", entry.caption.textContent);
      }
    }

    /** The square of the picture that the sliders choose, to 128 pixels a side. */
    function cut() {
      const { image } = state;
      const [width, height] = [image.naturalWidth, image.naturalHeight];
      const side = Math.max(1, Math.round((Math.min(width, height) * crop.side.slider.value) / 100));
      const left = Math.round(((width - side) * crop.x.slider.value) / 100);
      const top = Math.round(((height - side) * crop.y.slider.value) / 100);
      const across = Math.min(side, SHRINK);
      const canvas = mer.element("canvas", { width: across, height: across });
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.fillStyle = "white"; // what a transparent picture stands on
      context.fillRect(0, 0, across, across);
      context.drawImage(image, left, top, side, side, 0, 0, across, across);
      const rgba = context.getImageData(0, 0, across, across).data;
      const picture = mer.pictures.empty(across, across, 3);
      for (let i = 0; i < across * across; i++)
        for (let c = 0; c < 3; c++) picture.data[3 * i + c] = rgba[4 * i + c];
      state.hr = mer.pictures.resize(picture, SIDE, SIDE);
      reduce();
    }

    function reduce() {
      if (!state.hr) return;
      state.busy?.stop();
      state.small = mer.pictures.degrade(state.hr, factor(), sigma.value);
      const bicubic = mer.pictures.resize(state.small, SIDE, SIDE);
      const side = state.small.width;
      present("HR", state.hr, `HR, ${SIDE} × ${SIDE}`);
      fill(tiles.LR, state.small, `LR, ${side} × ${side}`);
      present("bicubic", bicubic, `bicubic: ${mer.decibel(mer.pictures.psnr(state.hr, bicubic))}`);
      state.bicubic = mer.pictures.psnr(state.hr, bicubic);
      blank();
    }

    /** Take a picture: a data or blob address. */
    async function take(address, own, name) {
      const image = new Image();
      image.src = address;
      try {
        await image.decode();
        if (!image.naturalWidth || !image.naturalHeight) throw new Error("no size");
        const before = state.image;
        state.image = image;
        try {
          cut();
        } catch (error) {
          state.image = before;
          throw error;
        }
        cropping.hidden = !own;
        say(own ? `${name}: ${image.naturalWidth} × ${image.naturalHeight} pixels; nothing of it is sent.`
          : `${name}. Change the blur, or press the button.`);
        return true;
      } catch {
        say(`${name} cannot be read as a picture here; the picture before it stays. ` +
          "PNG, JPEG and WebP of ordinary size work.");
        return false;
      }
    }

    async function own(chosen) {
      const address = URL.createObjectURL(chosen);
      if (await take(address, true, chosen.name)) {
        if (state.address) URL.revokeObjectURL(state.address);
        state.address = address;
      } else URL.revokeObjectURL(address);
    }

    async function enlarge() {
      const name = model.select.value;
      const buttons = (busy) => {
        go.disabled = busy;
        stop.hidden = progress.hidden = !busy;
      };
      let stopped = false;
      state.busy = { stop() { stopped = true; } };
      const mine = state.busy;
      buttons(true);
      progress.removeAttribute("value");
      say(`Loading ${name} …`);
      try {
        const engine = await mer.engine(name);
        if (stopped) throw new Error("stopped");
        mine.stop = () => { stopped = true; engine.stop(); };
        const start = performance.now();
        say(`${name} is running (${engine.where}) …`);
        const large = await mer.enlarge(engine, state.small, (done, of) => { progress.value = done / of; });
        if (stopped) throw new Error("stopped");
        const seconds = (performance.now() - start) / 1000;
        const score = mer.pictures.psnr(state.hr, large), gain = score - state.bicubic;
        present("network", large, `${name}: ${mer.decibel(score)}`);
        const verdict = Number.isFinite(gain)
          ? `${Math.abs(gain).toFixed(2)} dB ${gain < 0 ? "below" : "above"} bicubic` : "beside bicubic";
        say(`${name}, ${seconds.toFixed(1)} s, ${engine.where}: ${mer.decibel(score)}, ${verdict}.`);
      } catch (error) {
        if (stopped) say("Stopped.");
        else say(`${name} did not run: ${error.message}.`);
      } finally {
        if (state.busy === mine) state.busy = null;
        buttons(false);
      }
    }

    file.addEventListener("change", () => file.files[0] && own(file.files[0]));
    face.addEventListener("click", () => {
      file.value = "";
      crop.side.slider.value = 100;
      take(contents.face, false, "The synthetic face");
    });
    go.addEventListener("click", enlarge);
    stop.addEventListener("click", () => state.busy?.stop());

    const row = (...parts) => mer.element("div", { className: "mer-tiles" }, ...parts.map((p) => p.box));
    stage.append(
      mer.element("div", { className: "mer-control" },
        mer.element("label", { htmlFor: "mer-file" }, "Your picture"), file, face),
      cropping, model.row, sigma.row,
      mer.element("div", { className: "mer-control" }, go, stop, progress),
      said, row(...names.map((n) => tiles[n])),
      row(codes.HR, { box: mer.element("figure", { "aria-hidden": "true" }) }, codes.bicubic, codes.network));

    mer.need("contents").then(async (found) => {
      contents = found;
      const there = Object.keys(found.networks).filter((n) => !found.absent[n]);
      for (const name of there)
        model.select.append(mer.element("option", { value: name }, title(name)));
      const missing = Object.entries(found.absent);
      const able = there.length && !found.absent.tfjs;
      go.disabled = !able;
      model.row.hidden = !there.length;
      if (missing.length)
        stage.append(mer.element("p", { className: "mer-absent" },
          `Absent from this build of the book: ${missing.map(([n, why]) => `${n} (${why})`).join("; ")}. `,
          able ? "" : "No network can run here; bicubic interpolation and the codes do."));
      await take(found.face, false, `The synthetic face (${found.about})`);
    }).catch((error) => say(`The demo cannot start: ${error.message}.`));
  };
})((globalThis.mer ??= {}));
