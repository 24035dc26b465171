"""Which reported accuracies can be a number of right clips out of n (the GRIM question)?

A share of n clips takes n + 1 values only. A value between them was not scored once on n clips:
it may be a mean over repeated passes, another number of clips, or a slip. Brown and Heathers
2017, doi:10.1177/1948550616673876. Everything here is exact: fractions, no floats.
"""

import io
from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import pandas as pd

from mer_core.evaluate.statistics import mcnemar

ENDINGS = ("rounding", "truncation")
PASSES = 100  # repeated passes that `passes` tries


def _value(text: str) -> tuple[Fraction, Fraction]:
    """The value as a fraction of 1, and the unit of its last digit."""
    decimals = len(text.partition(".")[2])
    return Fraction(text) / 100, Fraction(1, 100 * 10**decimals)


def _check(n: int, ending: str) -> None:
    if not (isinstance(n, int) and n >= 1):
        raise ValueError(f"n: got {n!r}; a whole number of clips from 1 on is needed")
    if ending not in ENDINGS:
        raise ValueError(f"ending: got {ending!r}; allowed are {', '.join(ENDINGS)}")


def counts(value: str, n: int, *, ending: str = "rounding") -> list[int]:
    """The numbers of right clips out of `n` that are reported as `value`.

    Parameters
    ----------
    value : per cent, as written ("49.2" and "49.20" are different statements)
    n : clips
    ending : how the last digit came about, "rounding" (a half may go either way) or "truncation"
    """
    _check(n, ending)
    share, unit = _value(value)
    if ending == "rounding":
        first, last = ceil((share - unit / 2) * n), floor((share + unit / 2) * n)
    else:
        first, last = ceil(share * n), ceil((share + unit) * n) - 1
    return list(range(max(0, first), min(n, last) + 1))


def smallest_n(value: str, *, ending: str = "rounding", limit: int = 10_000) -> int | None:
    """The smallest number of clips of which `value` can be a share; None above `limit`."""
    return next((n for n in range(1, limit + 1) if counts(value, n, ending=ending)), None)


def passes(values: Iterable[str], n: int, *, ending: str = "rounding") -> int | None:
    """The fewest passes over `n` clips, averaged, of which every value can be the result.

    None where more than 100 would be needed: with so many, nearly every value fits.
    """
    values = list(values)
    for r in range(1, PASSES + 1):
        if all(counts(value, r * n, ending=ending) for value in values):
            return r
    return None


def read_table(table: str) -> pd.DataFrame:
    """A table of reported accuracies, in per cent, kept as written.

    Parameters
    ----------
    table : CSV text, or the path of a CSV file. The first line names the columns, the first
        column names the rows; rows may be parted by ";" instead of line ends. Empty cells are
        fine.

    Raises ValueError for a cell that is no number from 0 to 100, naming it.
    """
    if "," not in table and Path(table).suffix == ".csv":
        text = Path(table).read_text(encoding="utf-8")
    else:
        text = table if "\n" in table.strip() else table.replace(";", "\n")
    found = pd.read_csv(io.StringIO(text), dtype=str, index_col=0, skipinitialspace=True)
    found = found.fillna("").map(str.strip)
    if found.empty:
        raise ValueError("table: got no row of numbers; a header and one row are needed")
    for row, column in ((r, c) for r in found.index for c in found.columns):
        cell = found.loc[row, column] if found.index.is_unique else ""
        if cell and not (cell.replace(".", "", 1).isdigit() and Fraction(cell) <= 100):
            raise ValueError(
                f"table: got {cell!r} in row {row}, column {column}; per cent, 0 to 100, are needed"
            )
    if not found.index.is_unique:
        raise ValueError("table: got two rows of one name; each needs its own")
    return found


def reported() -> pd.DataFrame:
    """The paper's Table 2 as `read_table` gives a table; Li et al. have one value for an input."""
    from mer_core import paper

    table = paper.tables()["table2"]
    name = table.input + table.method.map(lambda m: "" if m == "none" else f", {m}")
    table = table.assign(name=name, value=table.accuracy.map(lambda a: f"{100 * a:.2f}"))
    wide = table.pivot(index="name", columns="descriptor", values="value").loc[name.unique()]
    li = table.drop_duplicates("input").set_index("name").li2019.map(lambda a: f"{100 * a:.2f}")
    wide["Li et al. 2019"] = li.reindex(wide.index).fillna("")
    return wide.rename(columns={"lbp-top": "LBP-TOP", "lpq-top": "LPQ-TOP"}).rename_axis(
        index="", columns=""
    )


def judge(column: Iterable[str], n: int) -> pd.DataFrame:
    """One row per value: its counts by each ending, and the smallest n that each allows.

    Returns
    -------
    DataFrame with columns value, rounding, truncation (the count, or NA), n_rounding,
    n_truncation (the smallest number of clips of which the value can be a share)
    """
    rows = []
    for value in filter(None, column):
        row: dict = {"value": value}
        for ending in ENDINGS:
            found = counts(value, n, ending=ending)
            row[ending] = found[0] if found else pd.NA
            row[f"n_{ending}"] = smallest_n(value, ending=ending)
        rows.append(row)
    return pd.DataFrame(rows).astype({ending: "Int64" for ending in ENDINGS})


def summary(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """One row per column: how many values fit, by which ending, and how many passes fit all.

    Parameters
    ----------
    table : as `read_table` gives it
    n : clips
    """
    rows = []
    for name in table.columns:
        values = [v for v in table[name] if v]
        found = judge(values, n)
        fits = {ending: int(found[ending].notna().sum()) for ending in ENDINGS}
        best = max(ENDINGS, key=fits.__getitem__)
        row = {"column": name, "values": len(values), **fits, "best": best}
        rows.append(row | {f"passes_{e}": passes(values, n, ending=e) for e in ENDINGS})
    return pd.DataFrame(rows).astype({f"passes_{e}": "Int64" for e in ENDINGS})


def excess(column: Iterable[str], n: int) -> list[float]:
    """By how many clips each value misses the nearest whole number of `n` (-0.5 to 0.5)."""
    clips = [_value(v)[0] * n for v in column]
    return [float(c - floor(c + Fraction(1, 2))) for c in clips]


def smallest_p(first: float, second: float, n: int) -> tuple[int, float]:
    """The difference in clips, and the smallest exact McNemar p that two accuracies allow.

    Parameters
    ----------
    first, second : shares of 1, of the same `n` clips, each tested once

    The p is smallest if no clip was lost while those were gained; any clip that goes the other
    way makes it larger. A difference that is no whole number of clips is rounded.
    """
    difference = round(abs(first - second) * n)
    return difference, mcnemar(difference, 0)
