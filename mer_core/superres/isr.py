"""The one file that knows the ISR package (2.2.0): its networks, and its own predict."""

import logging
import os
import warnings
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from .registry import Network

if TYPE_CHECKING:
    import keras


@contextmanager
def quiet():
    """Keep TensorFlow, Keras and ISR from writing to the screen; warnings are dropped inside."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _models() -> ModuleType:
    """ISR's models. Importing ISR opens ``log_file`` in the current folder unless its loggers
    already have a handler, so they are given one that does nothing."""
    for name in ("ISR.assistant", "ISR.utils.utils"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    with quiet():
        from ISR import models
    import keras

    keras.config.disable_interactive_logging()
    return models


def network(spec: Network):
    """ISR's own object for `spec`, random weights: its ``.model`` is the Keras model."""
    letters = {"C": spec.C, "D": spec.D, "G": spec.G, "G0": spec.G0, "x": spec.scale}
    models = _models()
    if spec.family == "RDN":  # "ups": the upsampling that the published weights were trained with
        return models.RDN(arch_params=letters, upscaling="ups")
    if spec.family == "RRDN":
        return models.RRDN(arch_params=letters | {"T": spec.T})
    raise ValueError(f"family: got {spec.family!r}; ISR has RDN and RRDN")


def build(spec: Network) -> "keras.Model":
    """The Keras model of an RDN or RRDN, (N, H, W, 3) float32 in [0, 1] to (N, sH, sW, 3)."""
    with quiet():
        return network(spec).model


def predict(isr_network, clip: np.ndarray) -> np.ndarray:
    """ISR's own frame-by-frame predict, the oracle of the tests; it truncates to uint8."""
    return np.stack([isr_network.predict(frame) for frame in clip])
