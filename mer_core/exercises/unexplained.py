"""Exercises of the chapter on nESRGAN+: what a gap in decibels means, and how a file half loads."""

from mer_core.exercises.base import Exercise


def error_ratio(better: float, worse: float) -> float:
    """What does a gap in decibels mean?

    Two methods have `better` and `worse` dB of PSNR. Return how many times larger the mean squared
    error of the worse one is.
    """
    return 10 ** ((better - worse) / 10)


def loading_problems(expected: dict, found: dict) -> list:
    """Load weights strictly.

    Two dicts map the names of tensors to their shapes, as tuples: those a network expects, and
    those a file holds. Return the sorted names that must stop the loading: those that the file
    lacks, those that the network does not know, and those whose shapes differ.
    """
    return sorted(n for n in {*expected, *found} if expected.get(n) != found.get(n))


def _files() -> list[tuple]:
    network = {"conv1": (3, 3, 3, 32), "conv2": (3, 3, 32, 32), "noise.w": (1, 1, 32, 32)}
    plain = {"conv1": (3, 3, 3, 32), "conv2": (3, 3, 32, 32)}
    other = {
        "conv1": (3, 3, 3, 64),
        "conv2": (3, 3, 32, 32),
        "bias": (32,),
        "noise.w": (1, 1, 32, 32),
    }
    odd = {"conv1": (3, 3, 3, 64), "conv2": (3, 3, 32, 32), "scale": (1,)}
    return [(network, odd), (network, plain), (network, other), (network, network), (plain, other)]


EXERCISES = [
    Exercise(
        51,
        error_ratio,
        lambda: [(29.5, 23.08), (30.0, 27.0), (41.0, 41.0)],
        wrong={
            "inverse": lambda a, b: 10 ** ((b - a) / 10),
            "amplitude": lambda a, b: 10 ** ((a - b) / 20),
            "ratio": lambda a, b: a / b,
            "difference": lambda a, b: a - b,
        },
        hints={
            "inverse": "turned round: the worse method has the *larger* error.",
            "amplitude": "this is the ratio of the errors' roots: for squared errors, ten decibels "
            "are a factor of ten.",
            "ratio": "decibels are logarithms: not their quotient but their difference counts.",
            "difference": "this is the gap in decibels; raise 10 to a tenth of it.",
        },
    ),
    Exercise(
        52,
        loading_problems,
        _files,
        wrong={
            "missing-only": lambda e, f: sorted(set(e) - set(f)),
            "unknown-only": lambda e, f: sorted(set(f) - set(e)),
            "names-only": lambda e, f: sorted(set(e) ^ set(f)),
            "common": lambda e, f: sorted(n for n in set(e) & set(f) if e[n] != f[n]),
            "without-unknown": lambda e, f: sorted(n for n in e if e[n] != f.get(n)),
            "without-missing": lambda e, f: sorted(n for n in f if f[n] != e.get(n)),
        },
        hints={
            "missing-only": "only what the file lacks; a tensor that the network does not know, or "
            "of another shape, is a sign of another network as well.",
            "unknown-only": "only what the network does not know; what the *file lacks* would stay "
            "random.",
            "names-only": "the names are compared, not the shapes.",
            "common": "only shapes of tensors in both; look at those in one of them too.",
            "without-unknown": "tensors that the network does not know are skipped, as a loader "
            "that is not strict does.",
            "without-missing": "what the file lacks is skipped: those layers would stay random.",
        },
        level=2,
    ),
]
