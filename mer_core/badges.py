"""Badges of a chapter: the paper's claims that it bears on, each with its two verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

CALIBRATED = (
    "rests on the level of LBP-TOP at HR, to which these synthetic faces are calibrated, and to "
    "nothing else"
)


@dataclass(frozen=True)
class Badges:
    """A line for each claim: its name, what it says, the verdicts, a note where one is due."""

    lines: tuple[tuple[str, str, str, str, str], ...]  # claim, said, on paper, on ours, note
    data: str

    def _repr_html_(self) -> str:
        found = []
        for name, said, on_paper, on_ours, note in self.lines:
            marks = [
                f'<span class="mer-badge" data-verdict="{escape(v)}">{escape(where)}: '
                f"{escape(v)}</span>"
                for where, v in (("paper", on_paper), (self.data, on_ours))
            ]
            extra = f" <small>This verdict {escape(note)}.</small>" if note else ""
            found.append(f"<li><b>{escape(name)}</b> {escape(said)} {' '.join(marks)}{extra}</li>")
        return (
            '<div class="mer-badges"><p>The paper\'s claims that this chapter bears on, judged on '
            f"the paper's numbers and on ours ({escape(self.data)}):</p>"
            f"<ul>{''.join(found)}</ul></div>"
        )

    def __repr__(self) -> str:
        return "\n".join(
            f"{name}: {said} [paper: {a}] [{self.data}: {b}]{f' ({note})' if note else ''}"
            for name, said, a, b, note in self.lines
        )


def note(row: pd.Series, data: str) -> str:
    """What must stand beside a verdict on synthetic faces; empty where nothing must."""
    judged = row["on_ours"] != "not evaluable" and data.startswith("synthetic")
    return CALIBRATED if judged and bool(row.get("calibrated", False)) else ""


def claims(ledger: pd.DataFrame, *names: str, data: str) -> Badges:
    """The badges of some claims.

    Parameters
    ----------
    ledger : claims.csv of a run
    names : of the claims, such as "C8a"
    data : name of the dataset that ours were measured on

    Raises ValueError for a claim that the ledger does not have.
    """
    table = ledger.set_index("claim")
    if unknown := sorted(set(names) - set(table.index)):
        raise ValueError(f"claim: got {unknown[0]!r}; known are {', '.join(table.index)}")
    lines = []
    for name in names:
        row = table.loc[name]
        verdicts = (str(row.on_paper).lower(), str(row.on_ours).lower())
        lines.append((name, str(row.said), *verdicts, note(row, data)))
    return Badges(tuple(lines), data)
