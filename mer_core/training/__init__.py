"""Training of our own networks: patches -> weights, on one loop, for TensorFlow and PyTorch.

The family (`RECIPES`) has one architecture, one set of pictures and one number of steps, so that
the loss is the only difference between its members.
"""

from mer_core.training.recipes import RECIPES, Settings

__all__ = ["RECIPES", "Settings"]
