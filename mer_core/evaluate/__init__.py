"""Who is predicted by whom, the scores of the predictions, and how sure the scores are."""

from mer_core.evaluate.machines import C_GRID, FIXED_C, KERNELS, TRANSFORMS
from mer_core.evaluate.protocols import PROTOCOLS, Protocol, loso, predict
from mer_core.evaluate.scoring import scores
from mer_core.evaluate.statistics import (
    design_effect,
    holm,
    icc,
    mcnemar,
    permutation_within,
    sign_flip,
    wilson,
)

__all__ = [
    "C_GRID",
    "FIXED_C",
    "KERNELS",
    "PROTOCOLS",
    "TRANSFORMS",
    "Protocol",
    "design_effect",
    "holm",
    "icc",
    "loso",
    "mcnemar",
    "permutation_within",
    "predict",
    "scores",
    "sign_flip",
    "wilson",
]
