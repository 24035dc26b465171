"""The study `controls` as tables and a figure; apart from it, so that a caption ages no result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mer_core.figures import PALETTE
from mer_core.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DATA = "synthetic replica"
NAMES = {
    "none": "HR",
    "nearest": "{lr}, enlarged: nearest",
    "bicubic": "{lr}, enlarged: bicubic",
    "lanczos": "{lr}, enlarged: lanczos",
    "own-size": "{lr} at its own size",
    "own-size-scaled": "{lr} at its own size, scaled",
    "low-pass-x2": "HR in the band of LR64",
    "low-pass-x4": "HR in the band of LR32",
}
DESCRIPTORS = {"lbp-top": "LBP-TOP", "lpq-top": "LPQ-TOP"}


def name_of(row: pd.Series) -> str:
    """An input in words."""
    return NAMES[row.method].format(lr=row.input)


def _share(value: float, low: float, high: float, sign: str = "") -> Cell:
    """A share or a difference in points, with its interval."""
    value, low, high = (round(100 * v, 1) + 0.0 for v in (value, low, high))  # no minus zero
    text = f"{value:{sign}.1f}" + ("" if sign else " %")
    return Cell(text, f"{low:{sign}.1f} to {high:{sign}.1f}")


def table(rows: pd.DataFrame, *, variant: str, C: str = "1") -> Table:
    """Accuracy of every control, and its difference from LR enlarged bicubically.

    Parameters
    ----------
    rows : `controls` of the study
    variant : "fine", the presets' parameters, or "wide", four times as wide
    C : "1", or "chosen" inside the training subjects
    """
    rows = rows[(rows.variant == variant) & (rows.C.astype(str) == C)]
    lines = []
    for (_, _), pair in rows.groupby(["input", "method"], sort=False):
        line: list[str | Cell] = [name_of(pair.iloc[0])]
        for descriptor in DESCRIPTORS:
            row = pair[pair.descriptor == descriptor].iloc[0]
            line.append(_share(row.accuracy, row.accuracy_low, row.accuracy_high))
            is_reference = row.method in ("none", "bicubic")
            line.append(
                "–" if is_reference else _share(row.from_lr, row.from_lr_low, row.from_lr_high, "+")
            )
        lines.append(line)
    head = [w for d in DESCRIPTORS.values() for w in (d, f"{d}, from LR")]
    seeds = int(rows.seeds.max())
    parameters = {"fine": "the presets' parameters", "wide": "four times as wide"}[variant]
    return Table(
        f"Clips recognised, {parameters}, C {'= 1' if C == '1' else 'chosen inside'}: mean over "
        f"{seeds} replicas ({DATA}, not SMIC) with the 95 % t-interval; and the difference in "
        "points from the same LR enlarged by bicubic interpolation, paired by replica.",
        ["Input", *head],
        lines,
    )


def conventions(rows: pd.DataFrame, descriptor: str) -> Table:
    """Accuracy under each convention, and its difference from the first of its kind."""
    rows = rows[rows.descriptor == descriptor]
    lines = []
    for row in rows.itertuples():
        accuracy = _share(row.accuracy, row.accuracy_low, row.accuracy_high)
        moved = _share(row.difference, row.difference_low, row.difference_high, "+")
        lines.append([row.variant, accuracy, "–" if row.variant == row.against else moved])
    return Table(
        f"{DESCRIPTORS[descriptor]} of HR under published conventions: clips recognised, mean over "
        f"{int(rows.seeds.max())} replicas ({DATA}, not SMIC) with the 95 % t-interval, and the "
        "difference in points from the first row of its kind, paired by replica. C = 1.",
        ["Convention", "Recognised", "Difference"],
        lines,
    )


def apart(rows: pd.DataFrame, column: str = "from_lr") -> tuple[int, int]:
    """How many differences have an interval without 0, of how many."""
    is_reference = rows.method == "bicubic" if column == "from_lr" else rows[column].isna()
    known = rows[rows[column].notna() & ~is_reference]
    away = (known[f"{column}_low"] > 0) | (known[f"{column}_high"] < 0)
    return int(away.sum()), len(known)


def figure(rows: pd.DataFrame) -> Figure:
    """Accuracy of every control with its interval, a panel for each descriptor.

    Parameters
    ----------
    rows : `controls` of the study
    """
    import matplotlib.pyplot as plt

    rows = rows[rows.C.astype(str) == "1"]
    names = [name_of(r) for r in rows.drop_duplicates(["input", "method"]).itertuples()]
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 8.2), sharex=True)
    marks = {"fine": ("blue", "o", 0.15), "wide": ("vermilion", "s", -0.15)}
    for ax, (descriptor, title) in zip(axes, DESCRIPTORS.items(), strict=True):
        for variant, (colour, marker, shift) in marks.items():
            part = rows[(rows.descriptor == descriptor) & (rows.variant == variant)]
            place = [len(names) - 1 - names.index(name_of(r)) + shift for r in part.itertuples()]
            ax.errorbar(
                100 * part.accuracy,
                place,
                xerr=100 * (part.accuracy_high - part.accuracy).abs(),
                fmt=marker,
                color=PALETTE[colour],
                capsize=2,
                ms=4.5,
                lw=1.2,
                label={"fine": "presets' parameters", "wide": "four times as wide"}[variant],
            )
        ax.set_yticks(range(len(names))[::-1], names)
        ax.set_title(title, loc="left")
        ax.grid(axis="x")
    axes[0].legend(loc="upper center", bbox_to_anchor=(0.3, 1.16), ncols=2)
    axes[1].set_xlabel("clips recognised (%)")
    return fig
