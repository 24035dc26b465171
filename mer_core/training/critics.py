"""The discriminator, and the features that the feature loss compares."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mer_core.training.recipes import Loss

if TYPE_CHECKING:
    import keras

WIDTHS = (32, 32, 64, 64, 128, 128)  # filters; every second convolution halves the side
COMPARED = ("judge_3", "judge_5")  # convolutions whose output is a feature, before activation
VGG19 = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
FEATURES = ("auto", "vgg19", "discriminator")


def discriminator() -> "keras.Model":
    """(N, H, W, 3) in [0, 1] to logits (N, H/8, W/8, 1), one a place, and two layers' features.

    ISR's pattern of doubled convolutions at half its width and without normalisation, so that a
    picture's verdict does not depend on its batch.
    """
    import keras
    from keras import layers

    image = x = keras.Input((None, None, 3), name="picture")
    features = []
    for n, width in enumerate(WIDTHS):
        name = f"judge_{n}"
        x = layers.Conv2D(width, 3, strides=1 + n % 2, padding="same", name=name)(x)
        if name in COMPARED:
            features.append(x)
        x = layers.LeakyReLU(negative_slope=0.2, name=f"{name}_leaky")(x)
    logits = layers.Conv2D(1, 3, padding="same", name="verdict", dtype="float32")(x)
    return keras.Model(image, [logits, *features], name="discriminator")


def vgg19_file() -> Path | None:
    """VGG19's ImageNet weights where Keras keeps them, or None; nothing is fetched."""
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    file = Path(home) / "models" / VGG19
    return file if file.is_file() else None


def choose(features: str) -> str:
    """ "vgg19" or "discriminator": what `features` ("auto" among them) means on this machine."""
    if features not in FEATURES:
        raise ValueError(f"features: got {features!r}; allowed are {', '.join(FEATURES)}")
    if features == "vgg19" and vgg19_file() is None:
        raise ValueError(
            f"features: got 'vgg19', but Keras's folder has no {VGG19}; "
            "put it there, or choose 'discriminator'"
        )
    return features if features != "auto" else "vgg19" if vgg19_file() else "discriminator"


def vgg19(loss: Loss, weights: Path | None) -> "keras.Model":
    """VGG19 up to the layers of `loss`: (N, H, W, 3) in [0, 1] to their features.

    ISR feeds it raw [0, 1] values and takes features after activation; nESRGAN+ feeds it
    pictures with ImageNet's mean taken off and compares before activation.
    """
    import keras
    from keras import layers

    net = keras.applications.VGG19(include_top=False, weights=weights and str(weights))
    net.trainable = False
    if loss.relativistic:
        for name in loss.layers:
            net.get_layer(name).activation = keras.activations.linear
    body = keras.Model(net.input, [net.get_layer(name).output for name in loss.layers])
    image = x = keras.Input((None, None, 3))
    if loss.relativistic:  # Keras's VGG19 wants 0..255, BGR, ImageNet's mean taken off
        to_bgr = layers.Conv2D(3, 1, name="to_bgr", trainable=False)
        x = to_bgr(x)
        import numpy as np

        kernel = 255 * np.eye(3, dtype=np.float32)[::-1].reshape(1, 1, 3, 3)
        to_bgr.set_weights([kernel, np.float32([-103.939, -116.779, -123.68])])
    out = body(x)
    return keras.Model(image, out if isinstance(out, list | tuple) else [out], name="vgg19")
