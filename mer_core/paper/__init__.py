"""The two tables of the paper, as data.

P. Sharma et al. (2022), doi:10.5220/0010820100003122; see README.md beside this file for what
each column holds and on which data it was measured.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DOI = "10.5220/0010820100003122"
DATA = "SMIC-HS (paper)"  # on which every number here was measured


def tables() -> dict[str, pd.DataFrame]:
    """Return the paper's tables, as reported.

    Returns
    -------
    dict with
        ``table1`` : method, input (LR64, LR32), scale per axis, psnr in dB, ssim
        ``table2`` : input (HR, LR64, LR32, SR64, SR32), method ("none" where nothing was
            super-resolved), descriptor, accuracy and li2019 as fractions of 1
    """
    import pandas as pd

    # "none" is a method's name here, not a missing value
    return {
        name: pd.read_csv(files(__name__) / f"{name}.csv", keep_default_na=False)
        for name in ("table1", "table2")
    }
