"""Losses in Keras's own operations, so that TensorFlow and PyTorch compute the same."""

from typing import NamedTuple

from mer_core.training.recipes import Loss


class Judged(NamedTuple):
    """What the discriminator says of a batch: logits, and features before each activation."""

    real: object  # (B, h, w, 1) logits
    fake: object
    real_features: list
    fake_features: list


def pixel(sr, hr):
    """Mean absolute error, on [0, 1]."""
    from keras import ops

    return ops.mean(ops.abs(sr - hr))


def _relative(judged: Judged):
    from keras import ops

    return judged.real - ops.mean(judged.fake), judged.fake - ops.mean(judged.real)


def discriminator(loss: Loss, judged: Judged):
    """Binary cross-entropy of real against fake, the mean of both halves."""
    from keras import ops

    real, fake = _relative(judged) if loss.relativistic else (judged.real, judged.fake)
    return (ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))) / 2


def adversarial(loss: Loss, judged: Judged):
    """What the generator wants: fake taken for real (and, relativistic, real for fake)."""
    from keras import ops

    if not loss.relativistic:
        return ops.mean(ops.softplus(-judged.fake))
    real, fake = _relative(judged)
    return (ops.mean(ops.softplus(-fake)) + ops.mean(ops.softplus(real))) / 2


def feature(loss: Loss, real_features: list, fake_features: list, *, relative: bool):
    """Distance of features, summed over layers.

    relative : divide each layer's distance by the size of the real features (their mean square
        or mean absolute value). The discriminator's features change their size as it learns, so
        its loss is relative; VGG19's is taken as it is.
    """
    from keras import ops

    total = 0.0
    size = ops.square if loss.squared else ops.abs
    for real, fake in zip(real_features, fake_features, strict=True):
        real = ops.stop_gradient(ops.cast(real, "float32"))
        distance = ops.mean(size(ops.cast(fake, "float32") - real))
        total = total + (distance / (ops.mean(size(real)) + 1e-8) if relative else distance)
    return total
