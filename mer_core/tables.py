"""Tables of results -> tables of a chapter, ours beside the paper's.

A number is only worth the data it was measured on, so every cell with one says which: our
columns hold one dataset, the paper's hold SMIC-HS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PAPER_DATA = "SMIC-HS (paper)"
ABSENT = "–"
WHENCE = "Where these numbers come from:"  # begins the caption of every table of provenance


@dataclass(frozen=True)
class Cell:
    """A value, and under it, smaller, the lines of a note: an interval, the data measured on."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A captioned table: HTML for a page, where it scrolls in its own box, or plain text.

    Parameters
    ----------
    caption : says what is shown, on which data, in which unit
    head : one name a column
    rows : a text or a `Cell` for each column; the first names the row
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]

    def _repr_html_(self) -> str:
        caption = escape(self.caption)
        lines = [
            f'<div class="mer-table"><p>{caption}</p>',
            f'<div role="region" tabindex="0" aria-label="{caption}"><table><thead><tr>',
            *(
                f'<th scope="col">{escape(name)}</th>' if name else "<td></td>"
                for name in self.head
            ),
            "</tr></thead><tbody>",
        ]
        for first, *rest in self.rows:
            lines.append(f'<tr><th scope="row">{_html(first)}</th>')
            lines += [f"<td>{_html(cell)}</td>" for cell in rest]
            lines.append("</tr>")
        return "\n".join([*lines, "</tbody></table></div></div>"])

    def __repr__(self) -> str:
        grid = [list(self.head)] + [[_plain(cell) for cell in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = [
            "  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)) for row in grid
        ]
        return "\n".join([self.caption, *(line.rstrip() for line in lines)])


def _html(cell: str | Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    note = "<br>".join(escape(line) for line in cell.note.splitlines())
    return f"{escape(cell.text)}<br><small>{note}</small>"


def _plain(cell: str | Cell) -> str:
    if isinstance(cell, str):
        return cell
    return " ".join([cell.text, *cell.note.splitlines()])


def _number(value: float, digits: int, note: str, unit: str = "") -> str | Cell:
    """A number with its note, or the sign for a cell that nothing was measured for."""
    return ABSENT if value != value else Cell(f"{value:.{digits}f}{unit}", note)


def origins(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Method -> where its weights come from and the digest of them, short, for its row."""
    return {
        method: f"weights: {provenance['sources'][method]}\n{digest[:12]}"
        for method, digest in provenance["weights"].items()
    }


def _method(name: str, note: str, method: str, weights: Mapping[str, str]) -> Cell:
    """The head of a row: a name, a note, and the origin of its weights where it has some."""
    return Cell(name, "\n".join(filter(None, [note, weights.get(method, "")])))


def reconstruction(
    ours: pd.DataFrame, paper: pd.DataFrame, *, data: str, weights: Mapping[str, str]
) -> Table:
    """Table 1: PSNR and SSIM of each method, ours beside the paper's.

    Parameters
    ----------
    ours : table1.csv of a run
    paper : the paper's Table 1, `mer_core.paper.tables`
    data : name of the dataset that `ours` was measured on
    weights : `origins` of the run

    A row that only the paper has stays, and says that it is absent here.
    """
    both = ours.merge(
        paper, on=["method", "input", "scale"], how="outer", suffixes=("", "_paper")
    ).sort_values(["scale", "psnr"], ascending=[True, False], na_position="last")
    rows = []
    for row in both.itertuples():
        absent = Cell("absent", f"no weights\n{data}") if row.psnr != row.psnr else None
        rows.append(
            [
                _method(row.method, f"from {row.input}, × {row.scale}", row.method, weights),
                absent or _number(row.psnr, 2, data),
                _number(row.psnr_paper, 2, PAPER_DATA),
                absent or _number(row.ssim, 4, data),
                _number(row.ssim_paper, 4, PAPER_DATA),
            ]
        )
    return Table(
        f"Table 1. Super-resolved against high-resolution frames: PSNR in dB and SSIM, measured "
        f"here on {data} clips and by the paper on SMIC-HS. A dash: nobody measured it.",
        ["Method", "PSNR, here", "PSNR, paper", "SSIM, here", "SSIM, paper"],
        rows,
    )


def recognition(
    ours: pd.DataFrame,
    paper: pd.DataFrame,
    *,
    descriptor: str,
    data: str,
    weights: Mapping[str, str],
) -> Table:
    """Table 2, for one descriptor: accuracy of each condition, ours beside the paper's.

    Parameters
    ----------
    ours : table2.csv of a run
    paper : the paper's Table 2, `mer_core.paper.tables`
    descriptor : "lbp-top" or "lpq-top"
    data : name of the dataset that `ours` was measured on
    weights : `origins` of the run
    """
    keys = ["input", "method", "descriptor"]
    both = ours.reset_index(names="place").merge(
        paper, on=keys, how="outer", suffixes=("", "_paper")
    )
    both = both[both.descriptor == descriptor].sort_values("place", na_position="last")
    rows = []
    for row in both.itertuples():
        if row.accuracy != row.accuracy:
            here = Cell("absent", f"no weights\n{data}")
        else:
            span = f"{100 * row.accuracy_low:.1f} to {100 * row.accuracy_high:.1f}\n{data}"
            here = Cell(f"{100 * row.accuracy:.1f} %", span)
        name = row.input if row.method == "none" else f"{row.input}, {row.method}"
        rows.append(
            [
                _method(name, "", row.method, weights),
                here,
                _number(100 * row.accuracy_paper, 2, PAPER_DATA, " %"),
                _number(100 * row.li2019, 2, "SMIC-HS (Li et al.)", " %"),
            ]
        )
    label = descriptor.upper()
    return Table(
        f"Table 2, {label}. Share of clips recognised, three classes. Here: {data} clips, each "
        f"subject left out in turn, with the 95 % Wilson interval. The paper and Li et al. (2019): "
        f"SMIC-HS; Li et al. give one value for each input, by a method of their own.",
        ["Input", f"{label}, here", f"{label}, paper", "Li et al. 2019"],
        rows,
    )


def key_values(values: Mapping[str, Any], *, caption: str) -> Table:
    """A table of two columns: what it is called, what it is."""
    return Table(caption, ["What", "Value"], [[k, str(v)] for k, v in values.items()])


def frame(table: pd.DataFrame, *, caption: str, digits: int = 2) -> Table:
    """A data frame as a `Table`: its index in front, every column with a name of its own.

    Numbers that are not whole have `digits` decimals; the levels of a name are joined by a space.
    """
    flat = table.reset_index()
    head = [" ".join(map(str, n)).strip() if isinstance(n, tuple) else str(n) for n in flat]
    rows = [
        [f"{v:.{digits}f}" if isinstance(v, float) else str(v) for v in row]
        for row in flat.itertuples(index=False, name=None)
    ]
    return Table(caption, head, rows)


def quote(**values: object) -> None:
    """Keep values for the sentences of a chapter, which quote them as ``{glue:text}`name:.1f```.

    NumPy's numbers become Python's, so that they can be formatted.
    """
    from myst_nb import glue

    for name, value in values.items():
        glue(name, value.item() if hasattr(value, "item") else value, display=False)


def claims(table: pd.DataFrame, *, data: str, notes: Sequence[str] = ()) -> Table:
    """The paper's statements with two verdicts: on the paper's numbers and on ours.

    Parameters
    ----------
    table : claims.csv of a run
    data : name of the dataset that ours were measured on
    notes : what must stand beside each verdict on ours; empty texts add nothing
    """
    rows = []
    for row, note in zip(table.itertuples(), notes or [""] * len(table), strict=True):
        margin = ""
        if row.margin == row.margin:
            margin = f"{row.margin:+.3g} {row.unit}"
            if row.margin_low == row.margin_low:
                margin += f"\n{row.margin_low:+.3g} to {row.margin_high:+.3g}"
            margin += "\n"
        beside = f"\n{note}" if note else ""
        ours = Cell(str(row.on_ours).lower(), f"{margin}{data}{beside}")
        rows.append([f"{row.claim}: {row.said}", Cell(str(row.on_paper).lower(), PAPER_DATA), ours])
    return Table(
        f"The paper's statements, judged on its numbers and on ours ({data}). The margin is the "
        "weakest of the differences a statement needs above zero, with its 95 % interval.",
        ["Statement", "On the paper's numbers", "On ours"],
        rows,
    )


def provenance(results: Any, **shown: object) -> Table:
    """Where a chapter's numbers come from, and the line that makes them again.

    Parameters
    ----------
    results : of a run, with its ``provenance``; or the finding of a study
    shown : what the chapter itself chose, such as its clip
    """
    if hasattr(results, "study"):
        return _study(results, shown)
    stamp = results.provenance
    parameters, dataset = stamp["parameters"], stamp["dataset"]
    kind = " (rendered faces, not SMIC)" if dataset["name"].startswith("synthetic") else ""
    weights = [
        f"{name}: {stamp['sources'][name]}, sha256 {digest[:12]}"
        for name, digest in stamp["weights"].items()
    ]
    seconds = sum(stamp["seconds"].values())
    changed = ", with uncommitted changes" if stamp["changed"] else ""
    return key_values(
        {
            "preset": f"{parameters['name']}: {parameters['about']}",
            "dataset": f"{dataset['name']}{kind}, seed {parameters['seed']}, "
            f"sha256 {dataset['digest'][:12]}",
            **{name.replace("_", " "): value for name, value in shown.items()},
            "weights": "; ".join(weights) or "none",
            "code": f"commit {stamp['commit'][:12]}{changed}",
            "run": f"{seconds:.0f} s on {stamp['machine']['cores']} cores of "
            f"{stamp['machine']['processor']}",
            "again": command(parameters),
        },
        caption=f"{WHENCE} preset {parameters['name']}, and the command that makes them again.",
    )


def _study(finding: Any, shown: Mapping[str, object]) -> Table:
    """`provenance` of a study, whose tables are committed."""
    stamp = finding.provenance
    settings = ", ".join(f"{k} {v}" for k, v in stamp["parameters"].items()) or "the defaults"
    changed = ", with uncommitted changes" if stamp["changed"] else ""
    state = "stale: code that made it has changed since" if finding.stale else "up to date"
    size = "; a tiny version, which says nothing" if stamp["fast"] else ""
    return key_values(
        {
            "study": f"{finding.study.name}: {finding.study.question}",
            "state": f"committed result, {state}{size}",
            "parameters": settings,
            **{name.replace("_", " "): value for name, value in shown.items()},
            "code": f"commit {stamp['commit'][:12]}{changed}",
            "run": f"{stamp['seconds']:.0f} s (what an earlier run had stored costs none), "
            f"{stamp['workers']} at a time, on {stamp['machine']['processor']}",
            "again": finding.command,
        },
        caption=f"{WHENCE} study {finding.study.name}, and the command that makes them again.",
    )


def command(parameters: Mapping[str, Any]) -> str:
    """The line that builds the book again from a run's parameters."""
    from mer_core import presets

    name = parameters["name"]
    base = name if name in presets.NAMES else name.rpartition("-")[0]
    if base not in presets.NAMES:
        return f"mer book {name}.yml"
    before = presets.load(base).parameters()
    changed = [k for k, v in parameters.items() if k != "name" and before.get(k) != v]
    return " ".join([f"mer book {base}", *(f"-p {k}={parameters[k]}" for k in changed)])
