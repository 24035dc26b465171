"""Exercises of the chapter on the paper's claims: sentences as comparisons of numbers."""

from mer_core.exercises.base import Exercise


def claim_margin(above: list, below: list) -> float:
    """Turn a sentence into a number.

    "All of these are better than all of those": `above` and `below` hold their scores. Return the
    margin of the claim: the weakest of the differences that must be above 0, so that the claim is
    true exactly where the margin is above 0.
    """
    return min(above) - max(below)


def clips_apart(first: float, second: float, clips: int) -> int:
    """How many clips is a difference?

    Two accuracies are given in per cent, with two decimals, on the same number of `clips`. Return
    by how many clips they differ: a whole number, rounded, never negative.
    """
    return round(abs(first - second) * clips / 100)


EXERCISES = [
    Exercise(
        53,
        claim_margin,
        lambda: [
            ([51.4, 50.7, 49.4], [49.8, 49.2]),
            ([35.8, 36.6], [30.4, 29.5, 23.1]),
            ([50.0], [50.0, 44.3]),
        ],
        wrong={
            "means": lambda a, b: sum(a) / len(a) - sum(b) / len(b),
            "best": lambda a, b: max(a) - max(b),
            "strongest": lambda a, b: max(a) - min(b),
            "sign": lambda a, b: max(b) - min(a),
            "worst": lambda a, b: min(a) - min(b),
            "verdict": lambda a, b: min(a) > max(b),
        },
        hints={
            "means": "this compares the means: the looser reading. “All” needs the weakest of one "
            "side against the strongest of the other.",
            "best": "this compares the best of both sides; every one of the first must win.",
            "strongest": "this is the strongest of the differences; the claim needs the weakest.",
            "sign": "the sign is turned: above 0 must mean that the claim is true.",
            "worst": "this compares the worst of both sides; the first's worst must beat the "
            "others' best.",
            "verdict": "this is the verdict; the margin is a number and says how narrowly.",
            "type": "the margin is a number, which also says how narrowly it holds or fails.",
        },
    ),
    Exercise(
        54,
        clips_apart,
        lambda: [(51.45, 51.43, 164), (52.43, 49.39, 164), (48.17, 50.6, 164), (50.0, 25.0, 24)],
        wrong={
            "truncation": lambda a, b, n: int(abs(a - b) * n / 100),
            "sign": lambda a, b, n: round((a - b) * n / 100),
            "per-cent": lambda a, b, n: round(abs(a - b) * n),
            "points": lambda a, b, n: round(abs(a - b)),
            "ceiling": lambda a, b, n: -int(-abs(a - b) * n / 100 // 1),
        },
        hints={
            "truncation": "cut off instead of rounded: printed percentages are rounded, so a whole "
            "number of clips may come out a little too small.",
            "sign": "a number of clips apart is not negative.",
            "per-cent": "these are per cent: divide by 100.",
            "points": "these are points of accuracy; one clip is 100 / clips points.",
            "ceiling": "rounded up: two values that print apart may be the same number of clips.",
        },
        level=2,
    ),
]
