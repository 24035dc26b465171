"""Evaluations on the same replicas, and how far each lies from the one it is compared with."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mer_core.studies import material


def lifts(
    scores: pd.DataFrame, against: Mapping[str, str], measures: Sequence[str]
) -> pd.DataFrame:
    """Means over the seeds, and differences from what `against` names, paired by seed.

    Parameters
    ----------
    scores : a row for each seed, descriptor and evaluation, with the columns `measures`
    against : evaluation -> the one it differs from in nothing else; who is no key has no difference
    measures : in the units of their columns

    Returns
    -------
    A row for each descriptor and evaluation: ``seeds`` and, for each measure M, ``M``, ``M_low``,
    ``M_high`` and the same of ``M_lift``, with 95 % t-intervals over the seeds
    """
    rows = []
    for descriptor, part in scores.groupby("descriptor", sort=False):
        for name in dict.fromkeys(part.evaluation):
            row = {"descriptor": descriptor, "evaluation": name, "against": against.get(name, "")}
            row["seeds"] = part.seed.nunique()
            for measure in measures:
                wide = part.pivot(index="seed", columns="evaluation", values=measure)
                values = {measure: wide[name]}
                if name in against:
                    values[f"{measure}_lift"] = wide[name] - wide[against[name]]
                for column, value in values.items():
                    ends = (column, f"{column}_low", f"{column}_high")
                    row |= dict(zip(ends, material.interval(value), strict=True))
            rows.append(row)
    return pd.DataFrame(rows).round(6)
