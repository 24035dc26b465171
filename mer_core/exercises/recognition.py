"""Exercises of the chapter on recognition: does it help, clip by clip?"""

import math

import numpy as np

from mer_core.exercises.base import Exercise


def discordant(before: list, after: list) -> tuple:
    """Which clips say anything?

    `before` and `after` hold, for the same clips in the same order, whether each was recognised
    (True or False). Return two counts: the clips won (right only after) and the clips lost (right
    only before).
    """
    won = sum(a and not b for b, a in zip(before, after, strict=True))
    lost = sum(b and not a for b, a in zip(before, after, strict=True))
    return won, lost


def mcnemar_p(won: int, lost: int) -> float:
    """Could it be a coin?

    `won` clips were right only with super-resolution, `lost` only without. If there were no
    difference, each of these clips would fall on either side like a coin. Return the exact
    two-sided p: twice the probability that the smaller side gets at most as few clips as it has,
    and never more than 1.
    """
    n, few = won + lost, min(won, lost)
    tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n
    return min(1.0, 2 * tail)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Pay for having looked often.

    Return the p values adjusted by Holm's method, in the order they came in: of m values, the
    smallest is multiplied by m, the next by m - 1, and so on down to 1; no adjusted value is
    smaller than that of a smaller p; none is above 1.
    """
    order = np.argsort(p_values)
    m = len(p_values)
    raised = np.maximum.accumulate(p_values[order] * (m - np.arange(m)))
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(raised, 1)
    return adjusted


def _tail(n, few):
    return sum(math.comb(n, k) for k in range(few + 1)) / 2**n


def _chi2(won, lost):
    return math.erfc(math.sqrt((won - lost) ** 2 / (won + lost) / 2)) if won + lost else 1.0


def _strict(won, lost):
    n, few = won + lost, min(won, lost)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(few)) / 2**n)


def _uncumulated(p):
    order = np.argsort(p)
    out = np.empty(len(p))
    out[order] = np.minimum(p[order] * (len(p) - np.arange(len(p))), 1)
    return out


def _uncapped(p):
    order = np.argsort(p)
    out = np.empty(len(p))
    out[order] = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    return out


def _off_by_one(p):
    order = np.argsort(p)
    out = np.empty(len(p))
    m = len(p)
    out[order] = np.minimum(np.maximum.accumulate(p[order] * (m - 1 - np.arange(m))), 1)
    return out


def _benjamini(p):
    m, order = len(p), np.argsort(p)
    raised = p[order] * m / (1 + np.arange(m))
    out = np.empty(m)
    out[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1)
    return out


def _answers() -> list[tuple]:
    rng = np.random.default_rng(12)
    pairs = [(rng.random(40) < 0.5, rng.random(40) < 0.65) for _ in range(2)]
    return [(a.tolist(), b.tolist()) for a, b in pairs]


EXERCISES = [
    Exercise(
        28,
        discordant,
        _answers,
        wrong={
            "swapped-order": lambda b, a: discordant(a, b),
            "unpaired": lambda b, a: (sum(a), sum(b)),
            "agreeing": lambda b, a: (
                sum(x and y for x, y in zip(a, b, strict=True)),
                sum(not (x or y) for x, y in zip(a, b, strict=True)),
            ),
        },
        hints={
            "swapped-order": "won and lost are swapped: won is right *after* and wrong before.",
            "reversed": "won and lost are swapped: won is right *after* and wrong before.",
            "unpaired": "these are all clips right after and before; most are the same clips. "
            "Count those right in one case only.",
            "agreeing": "these are the clips on which both agree; they say nothing about a "
            "difference.",
        },
    ),
    Exercise(
        29,
        mcnemar_p,
        lambda: [(8, 1), (5, 0), (12, 15), (4, 4), (0, 0), (2, 9)],
        wrong={
            "one-sided": lambda w, n: min(1.0, _tail(w + n, min(w, n))),
            "uncapped": lambda w, n: 2 * _tail(w + n, min(w, n)),
            "off-by-one": _strict,
            "chi-square": _chi2,
            "one-outcome": lambda w, n: min(1.0, 2 * math.comb(w + n, w) / 2 ** (w + n)),
        },
        hints={
            "one-sided": "this is one-sided: nobody knew beforehand that the difference would go "
            "this way. Twice it, at most 1.",
            "uncapped": "a probability above 1: where both sides are equal, twice the tail counts "
            "the middle twice. Cap it at 1.",
            "off-by-one": "off by one: the tail includes the outcome itself (range leaves its end "
            "out).",
            "chi-square": "this is the chi-square approximation; with so few clips use the exact "
            "binomial sum.",
            "one-outcome": "this is the probability of exactly this outcome; add those that are "
            "further out.",
        },
        level=2,
    ),
    Exercise(
        30,
        holm,
        lambda: [
            (np.array([0.04, 0.001, 0.3, 0.02]),),
            (np.array([0.013, 0.012, 0.8, 0.011, 0.2]),),
            (np.array([0.7, 0.6, 0.03]),),
        ],
        wrong={
            "bonferroni": lambda p: np.minimum(p * len(p), 1),
            "off-by-one": _off_by_one,
            "not-cumulative": _uncumulated,
            "uncapped": _uncapped,
            "sorted": lambda p: np.sort(holm(p)),
            "benjamini": _benjamini,
        },
        hints={
            "bonferroni": "this is Bonferroni: every p times m. Holm gives less away: m for the "
            "smallest, then m - 1, and so on.",
            "off-by-one": "off by one: the smallest p is multiplied by m, the largest by 1.",
            "not-cumulative": "an adjusted value is smaller than that of a smaller p: take the "
            "running maximum from the smallest on.",
            "uncapped": "a probability above 1: cap it at 1.",
            "sorted": "these are right but sorted; give each back to the place its p came from.",
            "benjamini": "this is Benjamini and Hochberg's method, for the false discovery rate.",
        },
        level=3,
    ),
]
