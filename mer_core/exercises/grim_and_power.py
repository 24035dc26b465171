"""Exercises of the chapter on what reported numbers can be, and what they can show."""

import math

from mer_core.exercises.base import Exercise


def possible_counts(value: float, clips: int) -> list:
    """Which counts give this percentage?

    A paper reports `value` per cent, with two decimals, of `clips` clips. Return the numbers k of
    right clips, from 0 to `clips`, for which 100 k / clips is `value` when *rounded* to two
    decimals, as a list; it may be empty. (A number of clips that nobody can get right: the GRIM
    test.) Allow for 1e-6 of arithmetic.
    """
    return [k for k in range(clips + 1) if abs(100 * k / clips - value) <= 0.005 + 1e-6]


def smallest_p(gain: int) -> float:
    """What is the most that a gain can show?

    One condition gets `gain` more clips right than another, on the same clips. Return the smallest
    two-sided p of McNemar's exact test that this allows: that where nothing was lost and exactly
    `gain` clips were won. For gain 0 it is 1.
    """
    return min(1.0, 2 * 0.5**gain)


def clips_needed(share: float, half_width: float) -> int:
    """How many clips would it take?

    Return the smallest number n of independent clips for which the normal 95 % interval around
    `share`, ± 1.96 √(share (1 - share) / n), is not wider than ± `half_width`.
    """
    return math.ceil(1.96**2 * share * (1 - share) / half_width**2 - 1e-9)


def _truncating(value, clips):
    return [k for k in range(clips + 1) if -1e-9 <= 100 * k / clips - value < 0.01 - 1e-9]


def _tolerant(value, clips):
    return [k for k in range(clips + 1) if abs(100 * k / clips - value) < 0.5]


EXERCISES = [
    Exercise(
        33,
        smallest_p,
        lambda: [(k,) for k in (0, 1, 2, 5, 8)],
        wrong={
            "one-sided": lambda k: 0.5**k,
            "off-by-one": lambda k: min(1.0, 0.5**k) if k else 1.0,
            "off-by-one-more": lambda k: 2 * 0.5 ** (k + 1),
            "uncapped": lambda k: 2 * 0.5**k,
        },
        hints={
            "one-sided": "this is one-sided; the gain could have been a loss. Twice it, at most 1.",
            "off-by-one": "this is one-sided; the gain could have been a loss. Twice it, at most "
            "1.",
            "off-by-one-more": "this is one-sided; the gain could have been a loss. Twice it, at "
            "most 1.",
            "uncapped": "for a gain of 0 this is above 1; a probability is at most 1.",
        },
    ),
    Exercise(
        34,
        possible_counts,
        lambda: [(50.0, 164), (52.43, 164), (51.83, 164), (50.06, 164), (33.33, 12), (0.0, 10)],
        wrong={
            "truncation": _truncating,
            "tolerance": _tolerant,
            "shares": lambda v, n: [
                k / n for k in range(n + 1) if abs(100 * k / n - v) <= 0.005 + 1e-6
            ],
            "off-by-one": lambda v, n: [
                k for k in range(1, n) if abs(100 * k / n - v) <= 0.005 + 1e-6
            ],
        },
        hints={
            "truncation": "your percentages are cut off instead of rounded. For 52.43 that makes "
            "the difference: 86 of 164 is 52.439, which rounds to 52.44.",
            "tolerance": "too generous: two decimals are given, so half a hundredth either way.",
            "shares": "the counts k are asked for, not the shares.",
            "off-by-one": "off by one at the ends: 0 right and all right are possible too.",
        },
        level=2,
    ),
    Exercise(
        35,
        clips_needed,
        lambda: [(0.5, 0.01), (0.5, 0.05), (0.52, 0.005), (0.9, 0.03)],
        wrong={
            "truncation": lambda p, w: int(1.96**2 * p * (1 - p) / w**2),
            "rounded": lambda p, w: round(1.96**2 * p * (1 - p) / w**2),
            "whole-width": lambda p, w: math.ceil(1.96**2 * p * (1 - p) / (w / 2) ** 2 - 1e-9),
            "unsquared": lambda p, w: math.ceil(1.96 * math.sqrt(p * (1 - p)) / w),
            "variance": lambda p, w: math.ceil(1.96**2 * p / w**2 - 1e-9),
        },
        hints={
            "truncation": "cut off: one clip too few leaves the interval too wide. Round up.",
            "rounded": "rounded to the nearest: where that is down, the interval is too wide. "
            "Round up.",
            "whole-width": "half_width is half of the interval already.",
            "unsquared": "the width falls with the *root* of n: solve for n, with squares.",
            "variance": "the variance of a share is p (1 - p).",
        },
        level=2,
    ),
]
