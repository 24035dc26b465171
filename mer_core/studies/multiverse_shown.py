"""The study `multiverse` as tables and figures; apart from it, so that a caption ages no result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mer_core import claims
from mer_core.figures import PALETTE
from mer_core.tables import PAPER_DATA, Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DATA = "synthetic replica"
CHOICES = {  # column of the specifications -> what it is called
    "sr": "SR by",
    "lr": "LR",
    "sigma": "σ / factor",
    "sampling": "sampling",
    "noise": "noise",
    "channel": "channel",
    "frames": "frames",
    "blocks": "blocks",
    "radii": "radii",
    "window": "window",
    "machine": "SVM",
    "protocol": "protocol",
}


def _texts(specifications: pd.DataFrame) -> pd.DataFrame:
    """The choices as short texts, one column each."""
    shown = specifications.assign(
        machine=specifications.kernel + ", C " + specifications.C.astype(str)
    )
    texts = shown[list(CHOICES)].astype(str)
    for name in ("radii", "window"):
        texts[name] = texts[name].str.strip("()").str.replace(", ", " ")
    return texts.assign(specification=specifications.specification)


def _said() -> dict[str, str]:
    return {c.name: c.said for c in claims.CLAIMS}


def verdicts(rows: pd.DataFrame, ledger: pd.DataFrame) -> Table:
    """How often each claim holds over the specifications, and the margins' spread.

    Parameters
    ----------
    rows : `verdicts` of the study
    ledger : claims.csv of a run, for the verdicts on the paper's numbers
    """
    on_paper = ledger.set_index("claim").on_paper.astype(str).str.lower()
    lines = []
    for name, part in rows.groupby("claim", sort=False):
        low, middle, high = 100 * np.quantile(part.margin, (0.05, 0.5, 0.95))
        met = 100 * (part.met / part.needed).mean()
        lines.append(
            [
                f"{name}: {_said()[name]}",
                Cell(on_paper[name], PAPER_DATA),
                Cell(f"{int(part.holds.sum())} of {len(part)}", DATA),
                f"{met:.0f} %",
                Cell(f"{middle:+.1f}", f"{low:+.1f} to {high:+.1f}"),
            ]
        )
    return Table(
        f"Claims over all specifications ({DATA}, not SMIC): in how many each holds, the share of "
        "the differences it needs that are above zero, and its margin (the weakest difference) in "
        "points: median, and 5th to 95th percentile.",
        ["Claim", "On the paper's numbers", "Holds", "Differences met", "Margin"],
        lines,
    )


def curves(rows: pd.DataFrame) -> Figure:
    """A specification curve for each claim: its margins in order, in points.

    Parameters
    ----------
    rows : `verdicts` of the study
    """
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(rows.claim))
    fig, axes = plt.subplots(
        -(-len(names) // 2), 2, figsize=(5.8, 1.75 * -(-len(names) // 2)), squeeze=False
    )
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    for ax, name in zip(axes.flat, names, strict=False):
        part = rows[rows.claim == name].sort_values("margin")
        margins, holds = 100 * part.margin.to_numpy(), part.holds.to_numpy(dtype=bool)
        place = np.linspace(0, 100, len(part))
        ax.axhline(0, color=PALETTE["black"], lw=0.8)
        for kind, colour, marker in ((False, "vermilion", "v"), (True, "blue", "^")):
            ax.plot(place[holds == kind], margins[holds == kind], marker, ms=2.4,
                    color=PALETTE[colour])  # fmt: skip
        ax.set_title(f"{name}: holds in {int(holds.sum())} of {len(holds)}", fontsize=9.5)
        ax.set(xlim=(-2, 102))
        ax.grid(axis="y")
    for ax in axes[-1]:
        ax.set_xlabel("specifications (%)")
    for ax in axes[:, 0]:
        ax.set_ylabel("margin")
    return fig


def shares(specifications: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Share of specifications in which a claim holds, for each option of each choice.

    Returns
    -------
    DataFrame indexed by (choice, option), a column for each claim; NaN where it was not judged
    """
    texts = _texts(specifications).merge(rows, on="specification")
    found = []
    for name, called in CHOICES.items():
        table = texts.pivot_table(
            index=name, columns="claim", values="holds", aggfunc="mean", sort=False
        )
        table.index = pd.MultiIndex.from_product([[called], table.index.astype(str)])
        found.append(table.sort_index())
    return pd.concat(found)[list(dict.fromkeys(rows.claim))].astype(float)


def choices(specifications: pd.DataFrame, rows: pd.DataFrame) -> Figure:
    """Which option lets which claim hold, and how often: one row an option, one column a claim."""
    import matplotlib.pyplot as plt

    table = shares(specifications, rows)
    fig, ax = plt.subplots(figsize=(5.6, 0.2 * len(table) + 0.9))
    ax.imshow(table, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(table.to_numpy()):
        text = "–" if np.isnan(share) else f"{100 * share:.0f}"
        tone = "white" if share > 0.55 else "black"
        ax.text(column, row, text, ha="center", va="center", fontsize=7.5, color=tone)
    ax.set_xticks(range(len(table.columns)), table.columns)
    ax.xaxis.tick_top()
    ax.set_yticks(
        range(len(table)), [f"{choice}: {option}" for choice, option in table.index], fontsize=8
    )
    ends = np.flatnonzero(np.diff(pd.factorize(table.index.get_level_values(0))[0]))
    for end in ends:
        ax.axhline(end + 0.5, color=PALETTE["black"], lw=0.7)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return fig


def widest(specifications: pd.DataFrame, rows: pd.DataFrame, claim: str) -> tuple[str, str, str]:
    """The choice whose options differ most in how often `claim` holds, its most and least."""
    table = shares(specifications, rows)[claim].dropna()
    spread = table.groupby(level=0).agg(lambda s: s.max() - s.min())
    options = table[spread.idxmax()]
    return str(spread.idxmax()), str(options.idxmax()), str(options.idxmin())


def forensics(rows: pd.DataFrame, paper: pd.DataFrame) -> Figure:
    """PSNR of the paper's networks under each degradation, with the paper's value as a line.

    Parameters
    ----------
    rows : `forensics` of the study
    paper : the paper's Table 1
    """
    import matplotlib.pyplot as plt

    rows = rows[(rows.channel == "y") & (rows.border == 0)]
    known = [m for m in paper.method if m in set(rows.method)]
    fig, axes = plt.subplots(len(known), 1, figsize=(5.6, 2.5 * len(known)), squeeze=False)
    for ax, method in zip(axes[:, 0], known, strict=True):
        said = float(paper.set_index("method").psnr[method])
        for (noise, sampling), part in rows[rows.method == method].groupby(["noise", "sampling"]):
            colour = {0.0: "blue", 2.0: "green", 5.0: "purple"}[noise]
            dash = "-" if sampling == "centred" else ":"
            ax.plot(part.sigma, part.psnr, dash, marker="o" if dash == "-" else "s", ms=3.5,
                    color=PALETTE[colour], label=f"noise {noise:g}, {sampling}")  # fmt: skip
        ax.axhline(said, color=PALETTE["vermilion"], lw=2)
        ax.set_title(f"{method} (the paper: {said:.2f} dB)", loc="left")
        ax.set_ylabel("PSNR (dB)")
        ax.grid(axis="y")
    axes[-1, 0].set_xlabel("σ of the blur / factor (HR pixels)")
    legends = [ax.get_legend_handles_labels() for ax in axes[:, 0]]
    handles, labels = max(legends, key=lambda found: len(found[0]))  # a slow one has fewer
    fig.legend(handles, labels, loc="outside upper center", ncols=2)
    return fig


def nearest(rows: pd.DataFrame) -> Table:
    """The degradation that brings each network nearest to the paper's PSNR.

    Parameters
    ----------
    rows : `forensics.nearest` of the study's table
    """
    lines = [
        [
            row.method,
            Cell(f"{row.psnr_paper:.2f}", PAPER_DATA),
            Cell(f"{row.psnr:.2f} ({row.gap:+.2f})", DATA),
            f"{row.ssim_paper:.4f}, {row.ssim:.4f}",
            f"σ {row.sigma:g} × factor, {row.sampling}, noise {row.noise:g}",
            f"{row.channel.upper()}, border {row.border}",
        ]
        for row in rows.itertuples()
    ]
    return Table(
        "Where each network comes nearest to the paper's PSNR (dB). The pictures differ: rendered "
        "faces here, SMIC there.",
        ["Network", "Paper", "Nearest here", "SSIM: paper, here", "Degradation", "Measured on"],
        lines,
    )
