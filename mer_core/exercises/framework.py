"""Exercises of the chapter on the framework: counting inside a residual dense block."""

from mer_core.exercises.base import Exercise


def block_channels(layers: int, growth: int, channels: int) -> list:
    """How many channels does each convolution of a dense block read?

    A residual dense block gets `channels` channels (the paper's G0). Each of its `layers`
    convolutions (C) reads everything before it and adds `growth` channels (G). A last convolution,
    of 1 × 1, reads all of them. Return the number of channels that each convolution *reads*: a list
    of C + 1 whole numbers, the 1 × 1 convolution last.
    """
    return [channels + k * growth for k in range(layers + 1)]


def block_parameters(layers: int, growth: int, channels: int) -> int:
    """How many numbers does one residual dense block learn?

    As above; the `layers` convolutions are 3 × 3 and give `growth` channels each, the last is
    1 × 1 and gives `channels`. Every convolution also learns one bias for each channel it gives.
    Return the number of weights and biases of the block together.
    """
    read = [channels + k * growth for k in range(layers + 1)]
    weights = sum(9 * n * growth + growth for n in read[:-1])
    return weights + read[-1] * channels + channels


def _no_bias(layers, growth, channels):
    return block_parameters(layers, growth, channels) - layers * growth - channels


def _one_axis(layers, growth, channels):
    read = [channels + k * growth for k in range(layers + 1)]
    return sum(3 * n * growth + growth for n in read[:-1]) + read[-1] * channels + channels


def _not_dense(layers, growth, channels):
    chain = 9 * channels * growth + growth + (layers - 1) * (9 * growth * growth + growth)
    return chain + growth * channels + channels


def _fusion_3x3(layers, growth, channels):
    return block_parameters(layers, growth, channels) + 8 * (channels + layers * growth) * channels


def _probes() -> list[tuple]:
    return [(3, 64, 64), (6, 64, 64), (4, 32, 32), (2, 16, 48)]


EXERCISES = [
    Exercise(
        1,
        block_channels,
        _probes,
        wrong={
            "off-by-one": lambda c, g, g0: [g0 + (k + 1) * g for k in range(c + 1)],
            "not-dense": lambda c, g, g0: [g0] + [g] * c,
            "constant-growth": lambda c, g, g0: [g0 + g * k for k in range(c)],
        },
        hints={
            "off-by-one": "off by one: the first convolution reads the G0 channels that come in, "
            "before anything is added; its own G are read by the next one.",
            "not-dense": "this is a plain chain, in which each convolution reads the one before "
            "it. In a dense block it reads *all* before it, and what came in.",
            "constant-growth": "the last one is missing: the 1 × 1 convolution reads the input and "
            "what all C convolutions added.",
        },
    ),
    Exercise(
        2,
        block_parameters,
        _probes,
        wrong={
            "no-bias": _no_bias,
            "one-axis": _one_axis,
            "not-dense": _not_dense,
            "fusion": _fusion_3x3,
        },
        hints={
            "no-bias": "the biases are missing: one for each channel that a convolution gives.",
            "one-axis": "a 3 × 3 convolution has nine weights for each pair of channels, not "
            "three.",
            "not-dense": "each convolution reads all channels before it, not only the last G.",
            "fusion": "the last convolution is 1 × 1: one weight for each pair of channels.",
        },
        level=2,
    ),
]
