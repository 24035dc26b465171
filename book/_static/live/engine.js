/* Runs a network in a worker, so that the page stays awake; in the page where workers are refused.
 *
 * `mer.engine("psnr-small")` resolves to {run, stop, where, scale}. The worker is made from text
 * at hand, because a page on the disk may not start one from a file.
 */
(function (mer) {
  "use strict";

  /** Tensors as the build packed them (mer_core.book.live.pack). */
  function unpack(part) {
    const bytes = Uint8Array.from(atob(part.data), (letter) => letter.charCodeAt(0));
    let at = 0;
    const floats = (count) => new Float32Array(bytes.buffer.slice(at, (at += 4 * count)));
    const tensors = part.tensors.map(({ name, shape, values: few }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      if (!few) return { name, shape, values: floats(count) };
      const palette = floats(few), values = new Float32Array(count);
      for (let i = 0; i < count; i++) values[i] = palette[bytes[at + i]];
      at += count;
      return { name, shape, values };
    });
    return { network: part.network, tensors };
  }

  /** Start TensorFlow.js: WebAssembly, or plain JavaScript where that is not to be had. */
  async function backend(tf, wasm) {
    try {
      const bytes = Uint8Array.from(atob(wasm), (letter) => letter.charCodeAt(0));
      const url = URL.createObjectURL(new Blob([bytes], { type: "application/wasm" }));
      const names = ["", "-simd", "-threaded-simd"].map((n) => `tfjs-backend-wasm${n}.wasm`);
      tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false); // needs a server that isolates pages
      tf.wasm.setWasmPaths(Object.fromEntries(names.map((name) => [name, url])));
      if (await tf.setBackend("wasm")) return "WebAssembly";
    } catch {
      // an old browser, or one told not to
    }
    await tf.setBackend("cpu");
    return "plain JavaScript, slowly";
  }

  /** What the worker does: one network, one picture after the other. */
  function work() {
    let made;
    self.onmessage = async ({ data }) => {
      try {
        if (data.start) {
          const how = await backend(self.tf, data.start.wasm);
          made = network(self.tf, data.start.model);
          self.postMessage({ ready: how });
        } else {
          const { values, width, height } = data;
          const step = (done, of) => self.postMessage({ done, of });
          self.postMessage({ result: await made.run(values, width, height, step) });
        }
      } catch (error) {
        self.postMessage({ error: String(error?.message ?? error) });
      }
    };
  }

  /** A worker with `library` in it; every message goes to the one who waits. */
  async function inWorker(library, model) {
    const text = [
      ...library.scripts, `const backend = ${backend}`, `const network = ${mer.network}`,
      `(${work})()`,
    ].join("\n;\n");
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(url);
    let hear;
    const ask = (message, progress = () => {}) =>
      new Promise((resolve, reject) => {
        hear = { reject };
        worker.onerror = (event) => reject(new Error(event.message || "the worker did not start"));
        worker.onmessage = ({ data }) => {
          if (data.error) reject(new Error(data.error));
          else if (data.done) progress(data.done, data.of);
          else resolve(data);
        };
        worker.postMessage(message);
      });
    const { ready } = await ask({ start: { wasm: library.wasm, model } });
    return {
      where: `${ready}, in a worker`,
      run: async (values, width, height, progress) =>
        (await ask({ values, width, height }, progress)).result,
      stop() {
        worker.terminate();
        hear.reject(new Error("stopped"));
      },
    };
  }

  async function inPage(library, model) {
    for (const text of library.scripts) document.head.append(mer.element("script", { text }));
    const how = await backend(globalThis.tf, library.wasm);
    const made = mer.network(globalThis.tf, model);
    let stopped = false;
    return {
      where: `${how}, in the page`,
      run: (values, width, height, progress) => {
        stopped = false;
        return made.run(values, width, height, async (done, of) => {
          progress(done, of);
          await new Promise((go) => setTimeout(go)); // the page breathes between layers
          if (stopped) throw new Error("stopped");
        });
      },
      stop() { stopped = true; },
    };
  }

  const engines = new Map();

  /** The engine of a network of the build; loads it when first asked. */
  mer.engine = function (name) {
    if (!engines.has(name)) {
      const made = Promise.all([mer.need("tfjs"), mer.need(name)]).then(async ([library, part]) => {
        const model = unpack(part);
        let engine;
        try {
          engine = await inWorker(library, model);
        } catch {
          engine = await inPage(library, model);
        }
        const stop = engine.stop;
        engine.stop = () => {
          engines.delete(name); // a stopped worker is gone
          stop();
        };
        return { ...engine, scale: model.network.scale };
      });
      made.catch(() => engines.delete(name));
      engines.set(name, made);
    }
    return engines.get(name);
  };

  /** Enlarge an RGB picture; clipped and rounded once, as mer_core.superres does. */
  mer.enlarge = async function (engine, picture, progress) {
    const values = Float32Array.from(picture.data, (v) => Math.fround(v / 255));
    const { width, height } = picture;
    const raw = await engine.run(values, width, height, progress);
    const out = mer.pictures.empty(engine.scale * width, engine.scale * height, 3);
    for (let i = 0; i < raw.length; i++)
      out.data[i] = mer.pictures.roundEven(Math.fround(Math.min(1, Math.max(0, raw[i])) * 255));
    return out;
  };
})((globalThis.mer ??= {}));
