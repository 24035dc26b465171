"""Exercises of the chapter on super-resolution: measuring what was given back."""

import numpy as np

from mer_core.exercises.base import Exercise


def gain_over_bicubic(psnr: dict) -> dict:
    """Compare with interpolation.

    `psnr` maps names such as "psnr-small-x2", "bicubic-x2", "esrgan-x4" to PSNR in dB; each name
    ends in its scale, -x2 or -x4. Return the gain over bicubic interpolation *of the same scale*,
    for every name except the two bicubic ones.
    """
    return {
        name: value - psnr[f"bicubic-{name[-2:]}"]
        for name, value in psnr.items()
        if not name.startswith("bicubic")
    }


def frame_psnr(reference: np.ndarray, test: np.ndarray) -> float:
    """Compute PSNR.

    Both are frames, (rows, columns) uint8. Return the peak signal-to-noise ratio in dB,
    10 log10(255² / MSE), where MSE is the mean squared difference.
    """
    error = reference.astype(float) - test
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def clip_psnr(reference: np.ndarray, test: np.ndarray) -> float:
    """PSNR of a clip.

    Both are grey clips, (frames, rows, columns) uint8, and no frame equals its reference. Return
    the mean over the frames of the frames' PSNR, in dB.
    """
    error = reference.astype(float) - test
    per_frame = np.mean(error**2, axis=(1, 2))
    return float(np.mean(10 * np.log10(255**2 / per_frame)))


def _wrapped(a, b):
    return float(10 * np.log10(255**2 / np.mean((a - b).astype(float) ** 2)))


def _wrapped_square(a, b):
    return float(10 * np.log10(255**2 / np.mean((a - b) ** 2)))


def _wrapped_clip(a, b):
    per = np.mean((a - b).astype(float) ** 2, axis=(1, 2))
    return float(np.mean(10 * np.log10(255**2 / per)))


def _pairs(shapes: list[tuple]) -> list[tuple]:
    rng = np.random.default_rng(4)
    pairs = []
    for spread, shape in enumerate(shapes, start=2):
        a = rng.integers(0, 256, shape, dtype=np.uint8)
        if len(shape) == 3:  # frames of different quality
            noise = rng.normal(0, 4 * spread, shape) * np.arange(1, 1 + len(a))[:, None, None]
        else:
            noise = rng.normal(0, 4 * spread, shape)
        pairs.append((a, np.clip(np.rint(a + noise + 1), 0, 255).astype(np.uint8)))
    return pairs


def _tables() -> list[tuple]:
    first = {"bicubic-x2": 30.0, "esrgan-x2": 31.5, "bicubic-x4": 25.0, "esrgan-x4": 24.0}
    second = {"lanczos-x4": 27.25, "bicubic-x4": 27.0, "psnr-small-x2": 36.0, "bicubic-x2": 33.5}
    return [(first,), (second,)]


EXERCISES = [
    Exercise(
        10,
        gain_over_bicubic,
        _tables,
        wrong={
            "scale": lambda p: {
                n: v - p["bicubic-x2"] for n, v in p.items() if not n.startswith("bicubic")
            },
            "scale-4": lambda p: {
                n: v - p["bicubic-x4"] for n, v in p.items() if not n.startswith("bicubic")
            },
            "sign": lambda p: {
                n: p[f"bicubic-{n[-2:]}"] - v for n, v in p.items() if not n.startswith("bicubic")
            },
            "ratio": lambda p: {
                n: v / p[f"bicubic-{n[-2:]}"] for n, v in p.items() if not n.startswith("bicubic")
            },
        },
        hints={
            "scale": "an x4 method is compared with bicubic x2: it had four times fewer pixels to "
            "begin with. Compare within one scale.",
            "scale-4": "an x2 method is compared with bicubic x4; compare within one scale.",
            "sign": "the sign is turned: a method better than bicubic has a gain above 0.",
            "ratio": "decibels are logarithms already: subtract, do not divide.",
        },
    ),
    Exercise(
        11,
        frame_psnr,
        lambda: _pairs([(8, 8), (6, 9), (10, 5)]),
        wrong={
            "wraparound": _wrapped,
            "wraparound-square": _wrapped_square,
            "peak": lambda a, b: float(-10 * np.log10(np.mean((a.astype(float) - b) ** 2))),
            "peak-256": lambda a, b: float(
                10 * np.log10(256**2 / np.mean((a.astype(float) - b) ** 2))
            ),
            "twenty": lambda a, b: float(
                20 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))
            ),
            "natural": lambda a, b: float(
                10 * np.log(255**2 / np.mean((a.astype(float) - b) ** 2))
            ),
            "unsquared": lambda a, b: float(
                10 * np.log10(255 / np.mean((a.astype(float) - b) ** 2))
            ),
            "absolute": lambda a, b: float(
                20 * np.log10(255 / np.mean(np.abs(a.astype(float) - b)))
            ),
        },
        hints={
            "wraparound": "bytes wrap around: in uint8, 3 - 5 is 254. Turn one frame into float "
            "before you subtract.",
            "wraparound-square": "bytes wrap around, in the difference and in its square. Turn one "
            "frame into float first.",
            "peak": "the peak is missing: bytes go up to 255, so the peak squared is 255².",
            "peak-256": "the largest byte is 255, not 256.",
            "twenty": "20 log10 belongs to the root of the MSE; with the MSE itself it is 10.",
            "natural": "this is the natural logarithm; decibels use log10.",
            "unsquared": "the peak is squared as well: 255² / MSE.",
            "absolute": "this is the mean absolute difference; PSNR takes the mean square.",
        },
        level=2,
    ),
    Exercise(
        12,
        clip_psnr,
        lambda: _pairs([(4, 8, 8), (3, 6, 9)]),
        wrong={
            "pooled": frame_psnr,
            "wraparound": _wrapped_clip,
            "wrong-axes": lambda a, b: float(
                np.mean(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2, axis=(0, 1))))
            ),
        },
        hints={
            "pooled": "this is the PSNR of the mean error of all frames. The mean of the frames' "
            "PSNR is another number, because of the logarithm: first PSNR, then the mean.",
            "wraparound": "bytes wrap around: turn one clip into float before you subtract.",
            "wrong-axes": "the mean is over rows and columns, axes 1 and 2; axis 0 is time.",
            "shape": "one number for the clip is asked for: the mean over its frames.",
        },
        level=3,
    ),
]
