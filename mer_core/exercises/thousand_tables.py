"""Exercises of the chapter on a thousand tables: what chance alone writes into Table 2."""

import numpy as np

from mer_core.exercises.base import Exercise


def middle_ninety_five(values: np.ndarray) -> tuple:
    """Where do most tables lie?

    `values` holds one number for each simulated table. Return the ends of the middle 95 %: the
    2.5 % and the 97.5 % quantile, as np.quantile computes them by default.
    """
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def all_rows_gain(sr: np.ndarray, lr: np.ndarray) -> float:
    """How often does chance alone favour every row?

    `sr` and `lr` are (tables, rows): accuracies of each row with and without super-resolution, in
    tables in which nothing but chance differs. Return the share of tables in which *every* row
    gains (strictly).
    """
    return float(np.mean((sr > lr).all(axis=1)))


def _tables() -> list[tuple]:
    rng = np.random.default_rng(17)
    probes = []
    for tables, rows in ((60, 3), (40, 4)):
        lr = np.rint(rng.normal(50, 4, (tables, rows)))
        probes.append((np.rint(lr + rng.normal(2, 3, (tables, rows))), lr))
    return probes


def _values() -> list[tuple]:
    rng = np.random.default_rng(18)
    return [(rng.normal(50, 4, 400),), (rng.exponential(3, 300),)]


EXERCISES = [
    Exercise(
        43,
        middle_ninety_five,
        _values,
        wrong={
            "five": lambda v: tuple(map(float, np.quantile(v, [0.05, 0.95]))),
            "normal": lambda v: (
                float(v.mean() - 1.96 * v.std()),
                float(v.mean() + 1.96 * v.std()),
            ),
            "error-of-mean": lambda v: (
                float(v.mean() - 1.96 * v.std() / np.sqrt(len(v))),
                float(v.mean() + 1.96 * v.std() / np.sqrt(len(v))),
            ),
            "range": lambda v: (float(v.min()), float(v.max())),
        },
        hints={
            "five": "this leaves 5 % on *each* side, so the middle 90 %.",
            "normal": "this takes the values as normal; read the quantiles off the values.",
            "error-of-mean": "this says how well the *mean* is known. Where tables lie is asked "
            "for, and more tables do not make them lie closer.",
            "range": "these are the smallest and the largest of all.",
            "reversed": "the lower end comes first.",
        },
    ),
    Exercise(
        44,
        all_rows_gain,
        _tables,
        wrong={
            "any": lambda s, r: float(np.mean((s > r).any(axis=1))),
            "rows": lambda s, r: float(np.mean(s > r)),
            "ties": lambda s, r: float(np.mean((s >= r).all(axis=1))),
            "swapped-axes": lambda s, r: float(np.mean((s > r).all(axis=0))),
            "means": lambda s, r: float(np.mean(s.mean(axis=1) > r.mean(axis=1))),
            "count": lambda s, r: float((s > r).all(axis=1).sum()),
            "sign": lambda s, r: float(np.mean((s < r).all(axis=1))),
        },
        hints={
            "any": "this asks for *any* row; every row of a table must gain.",
            "rows": "this is the share of rows; a table counts only if all its rows gain.",
            "ties": "a row without a difference has not gained: >, not >=.",
            "swapped-axes": "the axes are swapped: the rows of one table lie along axis 1.",
            "means": "this compares the tables' means; every single row must gain.",
            "count": "normalisation: this is a count; divide by the number of tables.",
            "sign": "the comparison is turned round: these are tables in which every row loses.",
        },
        level=2,
    ),
]
