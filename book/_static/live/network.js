/* The networks of the book in TensorFlow.js: tensors by the names of mer_core.superres.
 *
 * One self-contained function: a worker gets its text. `tf` is TensorFlow.js's core with a
 * backend; `model` is {network, tensors}, as written by the build.
 */
globalThis.mer ??= {};

globalThis.mer.network = function (tf, model) {
  "use strict";
  const { family, scale, C, D, G0, T } = model.network;
  const weights = new Map(); // name -> tensor
  for (const { name, shape, values } of model.tensors) weights.set(name, tf.tensor(values, shape));
  const cost = [...weights].filter(([, t]) => t.rank === 4).length;

  /** (H, W, 3) in [0, 1], a flat Float32Array, to (sH, sW, 3); `step(done, of)` after each layer. */
  async function run(values, width, height, step) {
    let done = 0;
    const held = []; // every tensor of this run

    const keep = (make) => {
      const tensor = tf.tidy(make);
      held.push(tensor);
      return tensor;
    };
    const drop = (...tensors) => tensors.forEach((t) => t.dispose());

    async function conv(x, name, activation = "linear") {
      const out = keep(() =>
        tf.fused.conv2d({
          x, filter: weights.get(`${name}/kernel`), bias: weights.get(`${name}/bias`),
          strides: 1, pad: "same", activation,
        }));
      await step(++done, cost);
      return out;
    }

    /** Each convolution reads all that came before it. */
    async function dense(x, names, last) {
      let seen = x;
      for (const name of names) {
        const next = await conv(seen, name, "relu");
        const joined = keep(() => tf.concat([seen, next], 3));
        drop(next, ...(seen === x ? [] : [seen]));
        seen = joined;
      }
      const out = await conv(seen, last);
      drop(seen);
      return out;
    }

    const range = (n) => Array.from({ length: n }, (_, i) => i + 1);

    async function rdn(x) {
      const first = await conv(x, "F_m1");
      let last = await conv(first, "F_0");
      const blocks = [];
      for (const d of range(D)) {
        const out = await dense(last, range(C).map((c) => `F_${d}_${c}`), `LFF_${d}`);
        const before = last;
        last = keep(() => tf.add(out, before));
        drop(out);
        blocks.push(last);
      }
      const all = keep(() => tf.concat(blocks, 3));
      const fused = await conv(await conv(all, "GFF_1"), "GFF_2");
      const sum = keep(() => tf.add(fused, first));
      const up = await conv(await conv(await conv(sum, "UPN1", "relu"), "UPN2", "relu"), "UPN3");
      const large = keep(() =>
        tf.image.resizeNearestNeighbor(up, [scale * height, scale * width]));
      return conv(large, "SR");
    }

    async function rrdn(x) {
      const first = await conv(x, "Pre_blocks_conv");
      let last = first;
      for (const t of range(T)) {
        let inner = last;
        for (const d of range(D)) {
          const out = await dense(inner, range(C).map((c) => `F_${t}_${d}_${c}`), `LFF_${t}_${d}`);
          const before = inner;
          inner = keep(() => tf.add(before, tf.mul(out, 0.2)));
          drop(out, ...(before === last ? [] : [before]));
        }
        const before = last;
        last = keep(() => tf.add(before, tf.mul(inner, 0.2)));
        drop(inner, ...(before === first ? [] : [before]));
      }
      const post = await conv(last, "post_blocks_conv");
      const deep = await conv(keep(() => tf.add(post, first)), "PreShuffle");
      return conv(keep(() => tf.depthToSpace(deep, scale, "NHWC")), "SR");
    }

    try {
      const x = keep(() => tf.tensor(values, [1, height, width, 3]));
      return await (await { RDN: rdn, RRDN: rrdn }[family](x)).data();
    } finally {
      held.forEach((t) => t.isDisposed || t.dispose());
    }
  }

  return { run, scale, channels: G0 };
};
