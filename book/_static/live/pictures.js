/* Pictures as arrays, with the arithmetic of mer_core: degrade, clip, quality, descriptors.
 *
 * A picture is {width, height, channels, data}: rows of pixels, channels innermost, 0 to 255.
 * A clip is {width, height, frames, data}, grey, frame after frame. No page is needed here:
 * tests run this file alone and compare it with the package.
 */
(function (mer) {
  "use strict";

  /** To the nearest whole number, halves to the even one, as NumPy rounds. */
  function roundEven(value) {
    const low = Math.floor(value), rest = value - low;
    if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
    return low % 2 ? low + 1 : low;
  }

  const byte = (value) => Math.min(255, Math.max(0, value));

  function empty(width, height, channels) {
    return { width, height, channels, data: new Uint8ClampedArray(width * height * channels) };
  }

  /** Blur and reduction of one axis: rows of weights, borders reflected (mer_core.degrade). */
  function samplingMatrix(size, factor, sigma) {
    const reach = Math.ceil(6 * sigma) + 1, rows = [];
    for (let row = 0; row < Math.floor(size / factor); row++) {
      const centre = (factor - 1) / 2 + factor * row, start = Math.floor(centre);
      const squares = [];
      for (let k = -reach; k <= reach; k++) squares.push((start + k - centre) ** 2);
      const nearest = Math.min(...squares), width = Math.max(sigma, 1e-3) ** 2;
      const weights = squares.map((s) => Math.exp((-0.5 * (s - nearest)) / width));
      const sum = weights.reduce((a, b) => a + b, 0), line = new Float64Array(size);
      weights.forEach((weight, k) => {
        const period = (((start + k - reach) % (2 * size)) + 2 * size) % (2 * size);
        line[period < size ? period : 2 * size - 1 - period] += weight / sum;
      });
      rows.push(line);
    }
    return rows;
  }

  /** Gaussian blur at the centres of the small pixels, and reduction by a whole factor. */
  function degrade(picture, factor, sigma) {
    const { width, height, channels, data } = picture;
    if (width % factor || height % factor) throw new Error(`${factor} must divide the picture`);
    const rows = samplingMatrix(height, factor, sigma);
    const columns = samplingMatrix(width, factor, sigma);
    const out = empty(columns.length, rows.length, channels);
    const line = new Float64Array(width * channels);
    rows.forEach((weights, y) => {
      line.fill(0);
      for (let row = 0; row < height; row++) {
        if (!weights[row]) continue;
        const start = row * line.length;
        for (let i = 0; i < line.length; i++) line[i] += weights[row] * data[start + i];
      }
      columns.forEach((across, x) => {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let i = 0; i < width; i++) sum += across[i] * line[i * channels + c];
          out.data[(y * out.width + x) * channels + c] = byte(roundEven(sum));
        }
      });
    });
    return out;
  }

  /** Keys's cubic, a = -0.5. */
  function cubic(x) {
    x = Math.abs(x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
  }

  const BITS = 22; // Pillow's fixed point

  /** Taps of Pillow's bicubic resize along one axis: [first index, whole-number weights]. */
  function taps(from, to) {
    const scale = from / to, stretch = Math.max(scale, 1), support = 2 * stretch, found = [];
    for (let i = 0; i < to; i++) {
      const centre = (i + 0.5) * scale;
      const first = Math.max(0, Math.trunc(centre - support + 0.5));
      const last = Math.min(from, Math.trunc(centre + support + 0.5));
      const weights = [];
      for (let k = first; k < last; k++) weights.push(cubic((k - centre + 0.5) / stretch));
      const sum = weights.reduce((a, b) => a + b, 0);
      const whole = weights.map((w) => Math.trunc((w / sum) * 2 ** BITS + (w < 0 ? -0.5 : 0.5)));
      found.push([first, whole]);
    }
    return found;
  }

  function alongRows(picture, width) {
    const out = empty(width, picture.height, picture.channels), n = picture.channels;
    const axis = taps(picture.width, width);
    for (let y = 0; y < picture.height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < n; c++) {
          const [first, weights] = axis[x];
          let sum = 2 ** (BITS - 1);
          weights.forEach((w, k) => {
            sum += w * picture.data[(y * picture.width + first + k) * n + c];
          });
          out.data[(y * width + x) * n + c] = byte(Math.floor(sum / 2 ** BITS));
        }
    return out;
  }

  function transpose(picture) {
    const { width, height, channels, data } = picture;
    const out = empty(height, width, channels);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++)
          out.data[(x * height + y) * channels + c] = data[(y * width + x) * channels + c];
    return out;
  }

  /** Bicubic; from square to square the bytes that Pillow gives: rows first, rounded in between. */
  function resize(picture, width, height) {
    let out = picture;
    if (width !== out.width) out = alongRows(out, width);
    if (height !== out.height) out = transpose(alongRows(transpose(out), height));
    return out;
  }

  /** BT.601 luma of an RGB picture, rounded once. */
  function grey(picture) {
    const out = empty(picture.width, picture.height, 1), d = picture.data;
    for (let i = 0; i < out.data.length; i++)
      out.data[i] = Math.floor((299 * d[3 * i] + 587 * d[3 * i + 1] + 114 * d[3 * i + 2] + 500) / 1000);
    return out;
  }

  /** Peak signal-to-noise ratio of two RGB pictures on their unrounded luma, in dB. */
  function psnr(a, b) {
    const pixels = a.width * a.height;
    let sum = 0;
    for (let i = 0; i < pixels; i++) {
      const [r, g, l] = [0, 1, 2].map((c) => a.data[3 * i + c] - b.data[3 * i + c]);
      sum += ((299 * r + 587 * g + 114 * l) / 1000) ** 2;
    }
    return 10 * Math.log10((255 ** 2 * pixels) / sum);
  }

  // Neighbour p stands at 45 p degrees: (across, down) in XY, with the second axis as below.
  const CIRCLE = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];
  const STEPS = {
    XY: CIRCLE.map(([a, b]) => [a, -b, 0]), // counter-clockwise, y upwards
    XT: CIRCLE.map(([a, b]) => [a, 0, b]), // time counts as up
    YT: CIRCLE.map(([a, b]) => [0, -b, a]), // begins at the later frame
  };

  /** The code of one voxel on one plane, radius 1; null where a neighbour is outside the clip. */
  function code(clip, plane, x, y, t) {
    const { width, height, frames, data } = clip;
    const at = (i, j, k) => data[(k * height + j) * width + i];
    const inside = (i, size) => i >= 1 && i < size - 1;
    if (!inside(x, width) || !inside(y, height) || (plane !== "XY" && !inside(t, frames)))
      return null;
    const centre = at(x, y, t);
    return STEPS[plane].reduce(
      (sum, [i, j, k], p) => sum + (at(x + i, y + j, t + k) >= centre ? 1 << p : 0), 0);
  }

  /** The XY codes of a grey picture; its border, which has none, stays 0. */
  function codeImage(picture) {
    const out = empty(picture.width, picture.height, 1);
    const clip = { ...picture, frames: 1 };
    for (let y = 1; y < picture.height - 1; y++)
      for (let x = 1; x < picture.width - 1; x++)
        out.data[y * picture.width + x] = code(clip, "XY", x, y, 0);
    return out;
  }

  /** Share of the codes of `a` that `b` has too, the border left out. */
  function sameCodes(a, b) {
    let same = 0;
    for (let y = 1; y < a.height - 1; y++)
      for (let x = 1; x < a.width - 1; x++)
        same += a.data[y * a.width + x] === b.data[y * a.width + x];
    return same / ((a.width - 2) * (a.height - 2));
  }

  /** At most two changes between 0 and 1 around the circle? */
  function isUniform(value) {
    const changed = value ^ ((value >> 1) | ((value & 1) << 7));
    return [...changed.toString(2)].filter((bit) => bit === "1").length <= 2;
  }

  mer.pictures = {
    STEPS, code, codeImage, degrade, empty, grey, isUniform, psnr, resize, roundEven, sameCodes,
  };
})((globalThis.mer ??= {}));
