"""Every exercise: its solution passes, and the mistakes that students make are told apart.

The wrong answers here are programs as somebody learning writes them. None is taken from the
`wrong` entries that the checks were written from: they reach the same kind of mistake by another
way.
"""

import textwrap

import numpy as np
import pytest

from mer_core.exercises import EXERCISES, child, find, grade, of_chapter
from mer_core.exercises.base import KINDS
from mer_core.exercises.explain import explain, same, structure


def in_this_process(script, name, folder, seconds):
    """What `grade` does in another process, here: ninety starts of Python take a minute."""
    child.main(str(script), name, folder)


def verdict(tmp_path, name, text, *, file="answer.py", seconds=20):
    path = tmp_path / file
    path.write_text("import numpy as np\nimport math\n" + textwrap.dedent(text), encoding="utf-8")
    return grade.check(find(name), path, seconds=seconds)


def test_numbers_are_given_once_and_without_a_gap():
    assert sorted(e.number for e in EXERCISES.values()) == list(range(1, len(EXERCISES) + 1))


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda e: e.name)
def test_an_exercise_is_whole(exercise):
    """A question, probes that differ, and for every mistake a message and an answer that fails."""
    assert exercise.title and len(exercise.question.split()) > 10 and exercise.level in (1, 2, 3)
    assert f"def {exercise.solution.__name__}" in exercise.answer
    assert '"""' not in exercise.answer and '"""' in exercise.start
    assert compile(exercise.start, "start", "exec")
    expected = [exercise.solution(*args) for args in exercise.probes()]
    assert len(expected) >= 2
    assert not all(same(e, expected[0], 0) for e in expected[1:])
    for kind, function in exercise.wrong.items():
        assert kind in exercise.hints or kind in KINDS, kind
        wrong = []
        for args, want in zip(exercise.probes(), expected, strict=True):
            try:
                got = function(*args)
            except (ValueError, IndexError):
                continue
            wrong.append(bool(structure(got, want)) or not same(got, want, exercise.tolerance))
        assert any(wrong), f"{kind} is right on every probe"


def test_the_solutions_pass(tmp_path, monkeypatch):
    monkeypatch.setattr(grade, "_run", in_this_process)
    for exercise in EXERCISES.values():
        found = verdict(tmp_path, exercise.name, exercise.answer, file=f"{exercise.number}.py")
        assert found.right, (exercise.name, found)


# exercise, what a student writes, the kind of mistake, a word the message must hold
WRONG = [
    ("block-channels", """
        def block_channels(layers, growth, channels):
            read, now = [], channels
            for _ in range(layers + 1):
                now += growth
                read.append(now)
            return read
     """, "off-by-one", "first convolution"),
    ("block-channels", """
        def block_channels(layers, growth, channels):
            read = []
            for k in range(layers):
                read.append(channels + growth * k)
            return read
     """, "constant-growth", "missing"),
    ("block-parameters", """
        def block_parameters(C, G, G0):
            total, inside = 0, G0
            for _ in range(C):
                total += inside * G * 3 * 3
                inside += G
            return total + inside * G0
     """, "no-bias", "bias"),
    ("duration", """
        def duration(onset, offset, fps):
            frames = len(range(onset, offset))
            return frames / fps * 1e3
     """, "off-by-one", "off by one"),
    ("xt-plane", """
        def xt_plane(clip, y):
            rows = [clip[t][y] for t in range(len(clip))]
            return np.stack(rows, axis=1)
     """, "swapped-axes", "swapped"),
    ("xt-plane", """
        def xt_plane(clip, y):
            return clip[:, y - 1]
     """, "wrong", "not it yet"),
    ("xt-plane", """
        def xt_plane(clip, y):
            return np.array([frame[y] for frame in reversed(list(clip))])
     """, "reversed", "backwards"),
    ("xt-plane", """
        def xt_plane(clip, y):
            return np.array([clip[t][y] for t in range(1, len(clip))])
     """, "off-by-one", "counted from 0"),
    ("luma", """
        def luma(frame):
            r, g, b = (frame[..., k].astype(float) for k in range(3))
            return (0.299 * r + 0.587 * g + 0.114 * b).astype("uint8")
     """, "truncation", "rounded"),
    ("luma", """
        def luma(frame):
            b, g, r = np.moveaxis(frame.astype(float), -1, 0)
            return np.round(0.299 * r + 0.587 * g + 0.114 * b).astype(np.uint8)
     """, "bgr", "red and blue"),
    ("luma", """
        def luma(frame):
            return frame @ [0.299, 0.587, 0.114]
     """, "type", "uint8"),
    ("mean-change", """
        def mean_change(clip):
            out = []
            for t in range(len(clip)):
                out.append(np.mean(abs(clip[t] - clip[0])))
            return np.array(out)
     """, "wraparound", "wrap"),
    ("mean-change", """
        def mean_change(clip):
            c = clip.astype(float)
            return np.array([abs(c[t] - c[0]).sum() for t in range(len(c))])
     """, "normalisation", "factor"),
    ("mean-change", """
        def mean_change(clip):
            c = clip.astype(int)
            return np.array([abs(c[t] - c[0]).mean() for t in range(1, len(c))])
     """, "off-by-one", "off by one"),
    ("mean-change", """
        def mean_change(clip):
            clip[1:] = abs(clip[1:] - clip[0])
            return clip.mean(axis=(1, 2))
     """, "changed-input", "copy"),
    ("pixel-centres", """
        def pixel_centres(size, factor):
            return np.array([float(k) for k in range(0, size - factor + 1, factor)])
     """, "corner", "first HR pixel"),
    ("pixel-centres", """
        def pixel_centres(size, factor):
            return np.array([(k + 0.5) * factor for k in range(size // factor)])
     """, "half-pixel", "half a pixel"),
    ("gaussian-weights", """
        def gaussian_weights(sigma, reach):
            x = np.linspace(-reach, reach, 2 * reach + 1)
            w = np.exp(-x * x / (2 * sigma * sigma))
            return w / w.max()
     """, "normalisation", "sum to 1"),
    ("gaussian-weights", """
        def gaussian_weights(sigma, reach):
            w = np.array([math.exp(-x**2 / (2 * sigma**2)) for x in range(-reach, reach)])
            return w / w.sum()
     """, "shape", "shape"),
    ("block-mean", """
        def block_mean(clip, factor):
            t, h, w = clip.shape
            out = np.zeros((t, h // factor, w // factor), np.uint8)
            for k in range(t):
                for i in range(h // factor):
                    for j in range(w // factor):
                        y, x = i * factor, j * factor
                        out[k, i, j] = clip[k, y : y + factor, x : x + factor].mean()
            return out
     """, "truncation", "cut off"),
    ("block-mean", """
        def block_mean(clip, factor):
            t, w, h = clip.shape
            out = np.zeros((t, h // factor, w // factor))
            for i in range(h // factor):
                for j in range(w // factor):
                    part = clip[:, j * factor : (j + 1) * factor, i * factor : (i + 1) * factor]
                    out[:, i, j] = part.mean(axis=(1, 2))
            return np.rint(out).astype(np.uint8)
     """, "swapped-axes", "swapped"),
    ("gain-over-bicubic", """
        def gain_over_bicubic(psnr):
            base = psnr["bicubic-x2"]
            return {k: psnr[k] - base for k in psnr if "bicubic" not in k}
     """, "scale", "within one scale"),
    ("frame-psnr", """
        def frame_psnr(reference, test):
            mse = ((reference - test).astype(np.float32) ** 2).mean()
            return 10 * math.log10(65025 / mse)
     """, "wraparound", "wrap"),
    ("frame-psnr", """
        def frame_psnr(reference, test):
            a, b = reference / 1.0, test / 1.0
            return 20 * math.log10(1.0 / np.sqrt(((a - b) ** 2).mean()))
     """, "peak", "peak"),
    ("frame-psnr", """
        def frame_psnr(reference, test):
            mse = np.square(np.subtract(reference, test, dtype=float)).mean()
            return 20 * np.log(255 / mse ** 0.5)
     """, "natural", "log10"),
    ("clip-psnr", """
        def clip_psnr(reference, test):
            errors = [((a.astype(float) - b) ** 2).mean() for a, b in zip(reference, test)]
            return 10 * math.log10(255 ** 2 / (sum(errors) / len(errors)))
     """, "pooled", "mean of the frames"),
    ("receptive-field", """
        def receptive_field(layers, kernel):
            side = 0
            for _ in range(layers):
                side += 2 * (kernel // 2)
            return side
     """, "off-by-one", "off by one"),
    ("pixel-shuffle", """
        def pixel_shuffle(features, scale):
            h, w, _ = features.shape
            out = np.zeros((h * scale, w * scale))
            for c in range(scale * scale):
                out[c % scale :: scale, c // scale :: scale] = features[:, :, c]
            return out
     """, "swapped-axes", "dy"),
    ("learning-rate", """
        def learning_rate(epoch, start, every):
            rate = start
            for e in range(1, epoch + 2):
                if e % every == 0:
                    rate /= 2
            return rate
     """, "off-by-one", "off by one"),
    ("training-pair", """
        def training_pair(hr, lr, y, x, side):
            f = len(hr) // len(lr)
            a = lr[x:, y:][:side, :side]
            b = hr[x * f:, y * f:][: side * f, : side * f]
            return a, b
     """, "swapped-axes", "swapped"),
    ("training-pair", """
        def training_pair(hr, lr, y, x, side):
            f = hr.shape[1] // lr.shape[1]
            return [hr[f*y:f*y+f*side, f*x:f*x+f*side], lr[y:y+side, x:x+side]]
     """, "swapped-order", "comes first"),
    ("lbp-code", """
        def lbp_code(patch):
            p = patch.astype(int)
            ring = [p[1, 2], p[0, 2], p[0, 1], p[0, 0], p[1, 0], p[2, 0], p[2, 1], p[2, 2]]
            code = 0
            for k, value in enumerate(ring):
                if value > p[1, 1]:
                    code |= 1 << k
            return code
     """, "ties", ">="),
    ("lbp-code", """
        def lbp_code(patch):
            ring = [patch[1, 2], patch[0, 2], patch[0, 1], patch[0, 0],
                    patch[1, 0], patch[2, 0], patch[2, 1], patch[2, 2]]
            bits = "".join("1" if v >= patch[1, 1] else "0" for v in ring)
            return int(bits, 2)
     """, "bit-order", "order"),
    ("lbp-code", """
        def lbp_code(patch):
            ring = [patch[0, 0], patch[0, 1], patch[0, 2], patch[1, 2],
                    patch[2, 2], patch[2, 1], patch[2, 0], patch[1, 0]]
            return sum(2 ** k for k, v in enumerate(ring) if v >= patch[1, 1])
     """, "bit-order", "order"),
    ("bit-changes", """
        def bit_changes(code):
            bits = format(code, "08b")
            return sum(1 for a, b in zip(bits, bits[1:]) if a != b)
     """, "not-circular", "closed"),
    ("code-histogram", """
        def code_histogram(codes):
            h = np.zeros(256)
            for c in codes.flatten():
                h[c] += 1
            return h / h.max()
     """, "peak", "normalisation"),
    ("code-histogram", """
        def code_histogram(codes):
            h, _ = np.histogram(codes, bins=np.arange(257))
            return h / codes[0].size
     """, "normalisation", "sum to 1"),
    ("code-histogram", """
        def code_histogram(codes):
            return np.bincount(codes.ravel()) / codes.size
     """, "shape", "256"),
    ("lpq-wave", """
        def lpq_wave(side, down, across):
            k = np.arange(side) - (side - 1) // 2
            dx, dy = np.meshgrid(k, k, indexing="ij")
            return np.exp(2j * np.pi * (down * dy + across * dx) / side)
     """, "swapped-axes", "swapped"),
    ("lpq-wave", """
        def lpq_wave(side, down, across):
            y, x = np.mgrid[:side, :side]
            return np.exp(2j * np.pi * (down * y + across * x) / side)
     """, "corner", "corner"),
    ("lpq-code", """
        def lpq_code(window):
            m = len(window)
            y, x = np.mgrid[:m, :m] - m // 2
            code, bit = 0, 7
            for d, a in [(0, 1), (1, 0), (1, 1), (1, -1)]:
                r = (window * np.exp(2j * np.pi / m * (d * y + a * x))).sum()
                for part in (r.real, r.imag):
                    code += (part >= 0) * 2 ** bit
                    bit -= 1
            return int(code)
     """, "bit-order", "order"),
    ("lpq-code", """
        def lpq_code(window):
            m = len(window)
            y, x = np.mgrid[:m, :m] - m // 2
            bits = []
            for d, a in [(0, 1), (1, 0), (1, 1), (1, -1)]:
                r = np.vdot(np.exp(2j * np.pi / m * (d * y + a * x)), window)
                bits += [r.real >= 0, r.imag >= 0]
            return int(np.dot(bits, 2 ** np.arange(8)))
     """, "conjugate", "plus"),
    ("without-motion", """
        def without_motion(clip):
            still = clip.mean(axis=0).round().astype(np.uint8)
            return np.array([still] * len(clip))
     """, "mean", "blur"),
    ("shuffle-within", """
        def shuffle_within(labels, subjects, seed):
            import random
            mixed = list(labels)
            random.Random(seed).shuffle(mixed)
            return mixed
     """, "leak", "subject"),
    ("subject-folds", """
        def subject_folds(subjects):
            n = len(subjects)
            return [([j for j in range(n) if j != i], [i]) for i in range(n)]
     """, "leak", "leak"),
    ("subject-folds", """
        def subject_folds(subjects):
            folds = []
            for s in sorted(set(subjects)):
                train = list(range(len(subjects)))
                test = [i for i in train if subjects[i] == s]
                folds.append((train, test))
            return folds
     """, "leak", "both sides"),
    ("subject-folds", """
        def subject_folds(subjects):
            out = []
            for s in sorted(set(subjects)):
                out.append(([i + 1 for i, x in enumerate(subjects) if x != s],
                            [i + 1 for i, x in enumerate(subjects) if x == s]))
            return out
     """, "off-by-one", "from 0"),
    ("majority-accuracy", """
        def majority_accuracy(labels, subjects):
            from collections import Counter
            return Counter(labels).most_common(1)[0][1] / len(labels)
     """, "leak", "leak"),
    ("majority-accuracy", """
        def majority_accuracy(labels, subjects):
            labels, subjects = np.array(labels), np.array(subjects)
            total = 0
            for s in np.unique(subjects):
                values, counts = np.unique(labels[subjects == s], return_counts=True)
                total += counts.max()
            return total / len(labels)
     """, "own-majority", "leak"),
    ("mean-recall", """
        def mean_recall(confusion):
            recalls = []
            for k in range(len(confusion)):
                recalls.append(confusion[k, k] / sum(confusion[:, k]))
            return sum(recalls) / len(recalls)
     """, "swapped-axes", "swapped"),
    ("mean-recall", """
        def mean_recall(confusion):
            c = confusion / confusion.sum()
            return float(np.trace(c))
     """, "accuracy", "accuracy"),
    ("wilson-interval", """
        def wilson_interval(k, n):
            p = k / n
            se = (p * (1 - p) / n) ** 0.5
            return (p - 1.96 * se, p + 1.96 * se)
     """, "wald", "normal interval"),
    ("wilson-interval", """
        def wilson_interval(k, n):
            z, p = 1.96, k / n
            mid = (p + z * z / (2 * n)) / (1 + z * z / n)
            d = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
            return 100 * (mid - d), 100 * (mid + d)
     """, "per-cent", "normalisation"),
    ("discordant", """
        def discordant(before, after):
            b, a = np.array(before), np.array(after)
            return int((b & ~a).sum()), int((~b & a).sum())
     """, "swapped-order", "swapped"),
    ("mcnemar-p", """
        def mcnemar_p(won, lost):
            n, k = won + lost, max(won, lost)
            return min(1.0, sum(math.comb(n, j) for j in range(k, n + 1)) / 2 ** n)
     """, "one-sided", "one-sided"),
    ("mcnemar-p", """
        def mcnemar_p(won, lost):
            n = won + lost
            tail = 0.0
            for k in range(0, min(won, lost)):
                tail += math.comb(n, k) * 0.5 ** n
            return min(2 * tail, 1.0)
     """, "off-by-one", "off by one"),
    ("holm", """
        def holm(p_values):
            m = len(p_values)
            rank = np.argsort(np.argsort(p_values))
            return np.minimum(1, p_values * (m - rank))
     """, "not-cumulative", "running maximum"),
    ("holm", """
        def holm(p_values):
            m, out, worst = len(p_values), [], 0
            for k, p in enumerate(sorted(p_values)):
                worst = max(worst, min(1, p * (m - k)))
                out.append(worst)
            return np.array(out)
     """, "sorted", "place"),
    ("to-square", """
        def to_square(points, width, height, size):
            out = np.empty_like(points)
            out[:, 0] = points[:, 0] / height * size
            out[:, 1] = points[:, 1] / width * size
            return out
     """, "swapped-axes", "swapped"),
    ("camera-noise", """
        def camera_noise(first, second):
            d = np.subtract(first, second, dtype=float)
            return math.sqrt(((d - d.mean()) ** 2).mean())
     """, "normalisation", "two"),
    ("smallest-p", """
        def smallest_p(gain):
            return 1 / 2 ** gain
     """, "one-sided", "one-sided"),
    ("possible-counts", """
        def possible_counts(value, clips):
            return [k for k in range(clips + 1) if int(10000 * k / clips + 1e-6) / 100 == value]
     """, "truncation", "cut off"),
    ("possible-counts", """
        def possible_counts(value, clips):
            return [k for k in range(1, clips) if round(100 * k / clips, 2) == value]
     """, "off-by-one", "off by one"),
    ("clips-needed", """
        def clips_needed(share, half_width):
            return math.floor(share * (1 - share) * (1.96 / half_width) ** 2)
     """, "truncation", "cut off"),
    ("shared-subjects", """
        def shared_subjects(train, test, subjects):
            return [i for i in sorted(test) if i in train]
     """, "clips", "same person"),
    ("standardise", """
        def standardise(train, test):
            x = np.vstack([train, test])
            z = (x - x.mean(0)) / x.std(0)
            return z[: len(train)], z[len(train) :]
     """, "leak", "leak"),
    ("standardise", """
        def standardise(train, test):
            def z(x):
                return (x - x.mean(0)) / x.std(0)
            return z(train), z(test)
     """, "own-scale", "leak"),
    ("standardise", """
        def standardise(train, test):
            a = ((train.T - train.mean(1)) / train.std(1)).T
            b = ((test.T - test.mean(1)) / test.std(1)).T
            return a, b
     """, "swapped-axes", "swapped"),
    ("all-paths", """
        def all_paths(choices):
            out = []
            for k in range(min(len(v) for v in choices.values())):
                out.append({name: options[k] for name, options in choices.items()})
            return out
     """, "zip", "product"),
    ("share-helped", """
        def share_helped(gains):
            return sum(1 for g in gains if g > 0) / len(gains)
     """, "ties", "half"),
    ("best-is-biased", """
        def best_is_biased(scores):
            return float((scores.max(0) - scores.mean(0)).mean())
     """, "swapped-axes", "swapped"),
    ("movement-left", """
        def movement_left(pixels, factor):
            return pixels // factor
     """, "truncation", "cut off"),
    ("threshold", """
        def threshold(amplitudes, accuracy, wanted):
            for x, a in zip(amplitudes, accuracy):
                if a >= wanted:
                    return float(x)
     """, "grid-point", "crosses"),
    ("threshold", """
        def threshold(amplitudes, accuracy, wanted):
            below = [x for x, a in zip(amplitudes, accuracy) if a < wanted]
            return max(below)
     """, "off-by-one", "below"),
    ("middle-ninety-five", """
        def middle_ninety_five(values):
            return tuple(np.percentile(values, (5, 95)))
     """, "five", "90 %"),
    ("all-rows-gain", """
        def all_rows_gain(sr, lr):
            wins = 0
            for a, b in zip(sr, lr):
                wins += bool(((a - b) > 0).sum())
            return wins / len(sr)
     """, "any", "every row"),
    ("all-rows-gain", """
        def all_rows_gain(sr, lr):
            return sum(min(a - b) > 0 for a, b in zip(sr, lr))
     """, "count", "normalisation"),
    ("false-alarm-rate", """
        def false_alarm_rate(moved, seen):
            alarms = [m for m, s in zip(moved, seen) if s]
            return alarms.count(False) / len(alarms)
     """, "of-seen", "normalisation"),
    ("invented-motion", """
        def invented_motion(hr, sr):
            total = []
            for t in range(len(hr) - 1):
                still = hr[t + 1] == hr[t]
                total.append(np.abs(sr[t + 1] - sr[t])[still])
            return float(np.concatenate(total).mean())
     """, "wraparound", "wrap"),
    ("verdict", """
        def verdict(margin, low, high):
            if math.isnan(margin):
                return "not evaluable"
            return "within the noise" if low * high < 0 else str(margin > 0).lower()
     """, "ends", "ends"),
    ("subjects-resampled", """
        def subjects_resampled(right, subjects, drawn):
            keep = np.isin(subjects, drawn)
            return float(np.array(right)[keep].mean())
     """, "once", "twice"),
    ("inner-error", """
        def inner_error(reference, test, border):
            a = np.array(reference, dtype=int)[border:-border, border:-border]
            b = np.array(test, dtype=int)[border:-border, border:-border]
            return float(((a - b) ** 2).sum() / max(a.size, 1))
     """, "negative-slice", "-0 is 0"),
    ("inner-error", """
        def inner_error(reference, test, border):
            keep = slice(border, len(reference) - border)
            d = (reference[keep, border : reference.shape[1] - border]
                 - test[keep, border : reference.shape[1] - border])
            return np.mean(np.square(d, dtype=float))
     """, "wraparound", "wrap"),
    ("rank-flips", """
        def rank_flips(first, second):
            flips = 0
            for a in first:
                for b in first:
                    if first[a] < first[b] and second[a] > second[b]:
                        flips += 1
                    if first[a] > first[b] and second[a] < second[b]:
                        flips += 1
            return flips
     """, "ordered", "twice"),
    ("claim-margin", """
        def claim_margin(above, below):
            return np.mean(above) - np.mean(below)
     """, "means", "weakest"),
    ("clips-apart", """
        def clips_apart(first, second, clips):
            a, b = first / 100 * clips, second / 100 * clips
            return math.floor(abs(a - b))
     """, "truncation", "cut off"),
    ("error-ratio", """
        def error_ratio(better, worse):
            mse = [255 ** 2 / 10 ** (p / 20) for p in (better, worse)]
            return mse[1] / mse[0]
     """, "amplitude", "roots"),
    ("loading-problems", """
        def loading_problems(expected, found):
            wrong = [name for name in expected if name not in found]
            wrong += [name for name in found if name not in expected]
            return sorted(wrong)
     """, "names-only", "shapes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "kind", "word"), WRONG, ids=[f"{w[0]}-{w[2]}-{k}" for k, w in enumerate(WRONG)]
)
def test_a_mistake_gets_the_message_meant_for_it(tmp_path, monkeypatch, name, text, kind, word):
    monkeypatch.setattr(grade, "_run", in_this_process)
    found = verdict(tmp_path, name, text)
    assert (found.kind, word in found.message) == (kind, True), found.message


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("def xt_plane(clip, y:\n    return clip\n", "syntax", "line 3"),
        ("def plane(clip, y):\n    return clip\n", "missing", "no function xt_plane; it has plane"),
        ("def xt_plane(clip):\n    return clip\n", "arguments", "def xt_plane(clip"),
        ("def xt_plane(clip, y):\n    return clip[:, 999]\n", "error", "line 4: IndexError"),
        ("def xt_plane(clip, y):\n    clip[:, y]\n", "nothing", "return"),
        ("def xt_plane(clip, y):\n    return 'x'\n", "type", "a text"),
        ("def xt_plane(clip, y):\n    return clip[:, y].tolist()\n", "type", "a list"),
        ("def xt_plane(clip, y):\n    return lambda: 1\n", "type", "function"),
        ("def xt_plane(clip, y):\n    raise NotImplementedError\n", "not-begun", "empty"),
        ("import os\ndef xt_plane(clip, y):\n    os._exit(0)\n", "crash", "ended Python"),
        ("def xt_plane(clip, y):\n    raise SystemExit\n", "error", "SystemExit"),
        ("import nonsense_package\n", "error", "line 3: ModuleNotFoundError"),
    ],
)
def test_what_is_no_answer_is_one_clear_line(tmp_path, text, kind, word):
    found = verdict(tmp_path, "xt-plane", text)
    assert found.kind == kind and word in found.message and "\n" not in found.message


def test_a_loop_that_never_ends_is_stopped(tmp_path):
    text = "def xt_plane(clip, y):\n    while True:\n        pass\n"
    found = verdict(tmp_path, "xt-plane", text, seconds=3)
    assert found.kind == "too-long" and "3 s" in found.message


def test_an_answer_runs_in_another_process_and_brings_back_no_code(tmp_path):
    """Its prints, its variables and its exit do not reach this process; nothing is unpickled."""
    text = """
        import os, sys
        os.environ["MER_TEST_LEAK"] = "1"
        print("noise")

        class Evil(np.ndarray):
            def __reduce__(self):
                return os.system, ("touch broken",)

        def xt_plane(clip, y):
            return clip[:, y].astype(object)
    """
    import os

    found = verdict(tmp_path, "xt-plane", text)
    assert found.kind == "type" and "MER_TEST_LEAK" not in os.environ
    child.write(tmp_path / "values", [{"a": (1, 2.5, "x", None, True), "b": np.arange(3)}, {1}])
    back = child.read(tmp_path / "values")
    assert back[0]["a"] == (1, 2.5, "x", None, True) and list(back[0]["b"]) == [0, 1, 2]


def test_a_notebook_is_graded_by_its_functions(tmp_path):
    import nbformat

    cells = [
        "import numpy as np\n%matplotlib inline",
        "raise RuntimeError('a cell that is not needed')\n1 / 0",
        find("xt-plane").answer,
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbformat.write(book, tmp_path / "mine.ipynb")
    assert grade.check(find("xt-plane"), tmp_path / "mine.ipynb").right
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ValueError, match="notebook is needed"):
        grade.check(find("xt-plane"), tmp_path / "mine.txt")


def test_names_numbers_and_near_misses():
    assert find("exercise-3") is find("3") is find("duration")
    with pytest.raises(ValueError, match="luma"):
        find("lumma")
    assert [e.number for e in of_chapter("01_clip")] == [3, 4, 5, 6]


def test_kinds_are_named_only_if_they_explain_everything():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3) + 7
    assert explain([a.T, b.T], [a, b], 1e-6) == "swapped-axes"
    assert explain([a.T, 2 * b], [a, b], 1e-6) == "shape"
    assert explain([2 * a, 3 * b], [a, b], 1e-6) == "normalisation"
    assert explain([a * a + 3, b * b + 3], [a * a, b * b], 1e-6) == "offset"
    assert explain([1.0, 2.0], [2.0, 4.0], 1e-6) == "normalisation"
    assert explain([7.0, 9.0], [2.0, 4.0], 1e-6) == "offset"
    assert explain([1.0, 3.0], [2.0, 4.0], 1e-6) == "off-by-one"
    assert explain([7.0, 3.0], [2.0, 4.0], 1e-6) == "wrong"


def test_the_command_line(tmp_path, monkeypatch, capsys):
    import sys

    from mer_core import cli

    def mer(*words):
        monkeypatch.setattr(sys, "argv", ["mer", *words])
        try:
            cli.main()
        except SystemExit as end:
            return end.code or 0, capsys.readouterr()
        return 0, capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    code, said = mer("check")
    assert code == 0 and len(said.out.splitlines()) == len(EXERCISES)
    code, said = mer("check", "exercise-4")
    assert code == 1 and "--start" in said.err
    assert mer("check", "exercise-4", "--start")[0] == 0
    code, said = mer("check", "exercise-4")
    assert code == 1 and "still empty" in said.out
    code, said = mer("check", "exercise-4", "--start")
    assert code == 1 and "left as it is" in said.err
    (tmp_path / "mine.py").write_text("import numpy as np\n" + find("4").answer)
    code, said = mer("check", "exercise-4", "mine.py")
    assert code == 0 and said.out == "exercise-4, xt-plane: right.\n"
    code, said = mer("check", "exercise-400")
    assert code == 1 and len(said.err.splitlines()) == 1
