"""Exercises of the chapter on LPQ-TOP: a wave, and the code that four waves make."""

import numpy as np

from mer_core.exercises.base import Exercise


def lpq_wave(side: int, down: int, across: int) -> np.ndarray:
    """Draw a wave.

    Return the wave exp(2πi (down · dy + across · dx) / side) of a window of side × side pixels,
    side odd, as complex numbers: dy and dx are the offsets from the middle, rows first.
    """
    offset = np.arange(side) - side // 2
    angle = 2 * np.pi / side * (down * offset[:, None] + across * offset)
    return np.exp(1j * angle)


def lpq_code(window: np.ndarray) -> int:
    """Compute one phase code by hand.

    `window` is a square of M × M pixels, uint8, M odd. Take the sum of window × wave for the waves
    (down, across) = (0, 1), (1, 0), (1, 1), (1, -1). Each gives two bits, first the real part,
    then the imaginary one: 1 where it is at least 0. Bit k weighs 2**k. Return the code.
    """
    side = len(window)
    offset = np.arange(side) - side // 2
    code = 0
    for k, (down, across) in enumerate([(0, 1), (1, 0), (1, 1), (1, -1)]):
        wave = np.exp(2j * np.pi / side * (down * offset[:, None] + across * offset))
        response = (window * wave).sum()
        code += (int(response.real >= 0) << 2 * k) + (int(response.imag >= 0) << 2 * k + 1)
    return code


_WAVES = [(0, 1), (1, 0), (1, 1), (1, -1)]


def _code(window, waves=tuple(_WAVES), sign=1, order="paired", weight=None, corner=False):
    side = len(window)
    offset = np.arange(side) - (0 if corner else side // 2)
    real, imaginary = [], []
    for down, across in waves:
        angle = sign * 2 * np.pi / side * (down * offset[:, None] + across * offset)
        response = (window * np.exp(1j * angle)).sum()
        real.append(int(response.real >= 0))
        imaginary.append(int(response.imag >= 0))
    pairs = zip(real, imaginary, strict=True)
    if order == "imaginary":
        bits = [b for r, i in pairs for b in (i, r)]
    else:
        bits = [b for pair in pairs for b in pair] if order == "paired" else real + imaginary
    bits = bits[::-1] if weight == "reversed" else bits
    return sum(b << k for k, b in enumerate(bits))


def _windows() -> list[tuple]:
    rng = np.random.default_rng(9)
    sides = (5, 5, 5, 7, 3, 5, 7, 5)
    return [(rng.integers(0, 256, (m, m), dtype=np.uint8),) for m in sides]


def _wave(side, down, across, sign=1, corner=False):
    offset = np.arange(side) - (0 if corner else side // 2)
    return np.exp(sign * 2j * np.pi / side * (down * offset[:, None] + across * offset))


EXERCISES = [
    Exercise(
        20,
        lpq_wave,
        lambda: [(5, 0, 1), (5, 1, -1), (7, 2, 1)],
        wrong={
            "conjugate": lambda m, d, a: _wave(m, d, a, sign=-1),
            "corner": lambda m, d, a: _wave(m, d, a, corner=True),
            "real": lambda m, d, a: _wave(m, d, a).real,
            "swapped-axes": lambda m, d, a: _wave(m, a, d),
            "angle": lambda m, d, a: np.exp(
                1j * (d * (np.arange(m) - m // 2)[:, None] + a * (np.arange(m) - m // 2)) / m
            ),
        },
        hints={
            "conjugate": "the exponent has a plus here, as in the program the paper cites: the "
            "minus flips every second bit.",
            "corner": "the offsets start in the corner; they are counted from the window's middle, "
            "-(side // 2) to side // 2.",
            "real": "this is the real part alone; the imaginary one is half of the code.",
            "swapped-axes": "down and across are swapped: rows come first, dy[:, None].",
            "angle": "a whole turn is 2π: it is missing in the exponent.",
            "type": "an array of complex numbers, side × side, is needed.",
        },
        level=2,
    ),
    Exercise(
        21,
        lpq_code,
        _windows,
        wrong={
            "conjugate": lambda w: _code(w, sign=-1),
            "corner": lambda w: _code(w, corner=True),
            "parts-apart": lambda w: _code(w, order="apart"),
            "imaginary-first": lambda w: _code(w, order="imaginary"),
            "bit-order": lambda w: _code(w, weight="reversed"),
            "swapped-axes": lambda w: _code(w, waves=[(1, 0), (0, 1), (1, 1), (1, -1)]),
            "transposed": lambda w: _code(w.T),
            "inverted-bits": lambda w: 255 - _code(w),
        },
        hints={
            "conjugate": "every second bit is turned: the exponent has a plus here, as in the "
            "program that the paper cites.",
            "corner": "the offsets start in the corner; the phase is that of the window's middle.",
            "parts-apart": "bit order: for each wave the real part and then the imaginary one, not "
            "all real parts first.",
            "imaginary-first": "bit order: the real part comes before the imaginary one.",
            "bit-order": "bit order: the first bit weighs 1, the last 128.",
            "swapped-axes": "the first two waves are swapped: (0, 1) goes across, (1, 0) down.",
            "transposed": "rows and columns are swapped: down belongs to dy, the first axis.",
            "inverted-bits": "every bit is turned: 1 where the part is at least 0.",
        },
        level=3,
    ),
]
