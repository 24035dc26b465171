"""The embedded dataset: synthetic faces that make micro-expressions, with known motion.

What: 16 drawn identities, 164 clips with SMIC-HS's counts per subject and class, 100 frames a
second, 230 rows x 190 columns RGB. Format: SMIC's folder tree of lossless PNG, one ``truth.json``
a clip. Source: drawn here, from the CC0 head of MakeHuman in ``pack.npz``. Licence: CC0 1.0.
No frame shows a person. The data card is this folder's README.md.
"""

from mer_core.datasets.synthetic.files import generate, verify
from mer_core.datasets.synthetic.knobs import DEFAULTS
from mer_core.datasets.synthetic.replica import (
    IDENTITY,
    SUBJECTS,
    clip_ids,
    parameters_digest,
)

__all__ = [
    "DEFAULTS",
    "IDENTITY",
    "SUBJECTS",
    "clip_ids",
    "generate",
    "parameters_digest",
    "verify",
]
