"""Under every table and figure: where its numbers come from, and the line that makes it again.

What a cell's numbers depend on is read off the chapter's code: names assigned from
``pipeline.results``, ``studies.read`` or ``paper.tables`` carry their origin with them through
every later assignment. So no chapter has to say it, and none can forget to.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

RUN, PAPER, HERE = "run", "paper", "chapter"


class _Flow(ast.NodeVisitor):
    """Origins of the names that a cell reads; `known` is carried from cell to cell."""

    def __init__(self, known: dict[str, set[str]], texts: dict[str, object]) -> None:
        self.known = known
        self.texts = texts  # names that hold a constant, such as a parameter that names a study
        self.read: set[str] = set()

    def origins(self, node: ast.AST) -> set[str]:
        """Where an expression's numbers come from."""
        found: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                found |= self.known.get(part.id, set())
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                found |= _direct(part, self.texts)
        return found

    def _bind(self, target: ast.AST, found: set[str], *, keep: bool = False) -> None:
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                inside = not isinstance(part.ctx, ast.Store)  # x[0] = ..., x.a = ...
                old = self.known.get(part.id, set()) if keep or inside else set()
                self.known[part.id] = old | found

    def visit_Assign(self, node: ast.Assign) -> None:
        self.read |= self.origins(node.value)
        for target in node.targets:
            self._pair(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.read |= self.origins(node.value)
            self._pair(node.target, node.value)

    def _pair(self, target: ast.AST, value: ast.AST) -> None:
        """Bind ``a, b = x, y`` one by one, anything else as a whole; remember texts."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            if len(target.elts) == len(value.elts):
                for one, other in zip(target.elts, value.elts, strict=True):
                    self._pair(one, other)
                return
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            self.texts[target.id] = value.value
        self._bind(target, self.origins(value))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        found = self.origins(node.value)
        self.read |= found
        self._bind(node.target, found, keep=True)

    def visit_For(self, node: ast.For) -> None:
        found = self.origins(node.iter)
        self.read |= found
        self._bind(node.target, found)
        for statement in (*node.body, *node.body, *node.orelse):  # twice: what one turn appends
            self.visit(statement)

    def visit_Expr(self, node: ast.Expr) -> None:
        found = self.origins(node.value)
        self.read |= found
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            inner = call.func.value  # rows.append(x): rows now holds what x holds
            if isinstance(inner, ast.Name):
                self._bind(inner, found, keep=True)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.known[node.name] = self.origins(node)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.With):
            for item in node.items:
                self.read |= self.origins(item.context_expr)
        elif isinstance(node, (ast.If, ast.While)):
            self.read |= self.origins(node.test)
        super().generic_visit(node)


def _direct(call: ast.Call, texts: Mapping[str, object]) -> set[str]:
    """The origin that a call itself is: of a run, of a study, of the paper."""
    function, base = call.func, getattr(call.func.value, "id", "")
    if (base, function.attr) == ("pipeline", "results"):
        return {RUN}
    if (base, function.attr) == ("paper", "tables"):
        return {PAPER}
    if (base, function.attr) == ("studies", "read") and call.args:
        name = call.args[0]
        text = name.value if isinstance(name, ast.Constant) else None
        text = texts.get(name.id) if isinstance(name, ast.Name) else text
        if isinstance(text, str):
            return {f"study:{text}"}
    return set()


def flow(sources: list[str]) -> list[set[str]]:
    """For each cell's source, in order, the origins of what it reads: "run", "paper", "study:NAME".

    Nothing is executed. A cell that is no Python (a magic) has none.
    """
    known: dict[str, set[str]] = {}
    texts: dict[str, object] = {}
    found = []
    for source in sources:
        reader = _Flow(known, texts)
        try:
            tree = ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE))
        except SyntaxError:
            found.append(set())
            continue
        for statement in tree.body:
            reader.visit(statement)
        found.append(reader.read)
    return found


def is_shown(cell: Any) -> bool:
    """Does the cell leave a figure or a table on the page?"""
    if cell.cell_type != "code" or "remove-output" in cell.metadata.get("tags", ()):
        return False
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if any(kind.startswith("image/") for kind in data):
            return True
        if "mer-table" in "".join(data.get("text/html", "")):
            return True
    return False


def annotate(
    notebook: Any,
    chapter: str,
    stamp: Mapping[str, Any],
    studies: Mapping[str, Mapping],
    again: str,
) -> None:
    """Put under every figure and table of an executed chapter a line that opens on its origin.

    Parameters
    ----------
    notebook : executed by papermill, whose records of time are read; changed in place
    chapter : its name
    stamp : provenance of the run; empty where there is none
    studies : name -> provenance of a study, with "stale" and "command"
    again : the command that makes the chapter's own part again
    """
    import nbformat

    code = [c for c in notebook.cells if c.cell_type == "code"]
    origins = dict(zip(map(id, code), flow([c.source for c in code]), strict=True))
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if is_shown(cell) and "tables.provenance(" not in cell.source:
            found = origins[id(cell)]
            seconds = cell.metadata.get("papermill", {}).get("duration")
            text = block(found, stamp, studies, seconds=seconds, again=again)
            # the id is the cell's place, so that the pages do not depend on chance
            new = nbformat.v4.new_markdown_cell(text)
            new["id"] = f"origin-{len(cells)}"
            cells.append(new)
    notebook.cells = cells


def block(
    found: set[str],
    stamp: Mapping[str, Any],
    studies: Mapping[str, Mapping],
    *,
    seconds: float | None,
    again: str,
) -> str:
    """The HTML of one origin; what is stale is said before it is opened."""
    rows: list[tuple[str, str]] = []
    stale = []
    if RUN in found and stamp:
        rows += run_rows(stamp)
    for name in sorted(o.partition(":")[2] for o in found if o.startswith("study:")):
        said = studies.get(name)
        if said is None:
            continue
        stale += [name] if said.get("stale") else []
        rows += study_rows(name, said)
    if PAPER in found:
        rows.append(("paper", "numbers as reported on SMIC-HS, doi:10.5220/0010820100003122"))
    if seconds is not None:
        rows.append(("this cell", f"{seconds:.1f} s, in this build"))
    rows.append(("chapter again", f"<code>{escape(again)}</code>"))
    title = "Where this comes from"
    if stale:
        title += f" (stale: the code of {', '.join(stale)} has changed since)"
    lines = "".join(f"<dt>{escape(k)}</dt><dd>{v}</dd>" for k, v in rows)
    state = " mer-stale" if stale else ""
    return (
        f'<details class="mer-origin{state}"><summary>{escape(title)}</summary>'
        f"<dl>{lines}</dl></details>"
    )


def run_rows(stamp: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters, dataset, weights, commit, seconds and command of a run, as HTML."""
    from mer_core import presets
    from mer_core.tables import command

    parameters, dataset = stamp["parameters"], stamp["dataset"]
    kind = " (rendered faces, not SMIC)" if dataset["name"].startswith("synthetic") else ""
    shown = {k: v for k, v in presets.inputs(presets.build(_known(parameters))).items()}
    for long in ("clips", "models", "descriptors", "weights", "dataset", "seed"):
        shown.pop(long, None)
    settings = ", ".join(f"{k}={v}" for k, v in shown.items() if v is not None)
    weights = ", ".join(
        f"{name} {stamp['sources'][name]} {digest[:8]}" for name, digest in stamp["weights"].items()
    )
    changed = ", with uncommitted changes" if stamp["changed"] else ""
    again = command(parameters).replace("mer book", "mer run")
    return [
        ("preset", escape(f"{parameters['name']}: {settings}")),
        ("dataset", escape(f"{dataset['name']}{kind}, seed {parameters['seed']}, "
                           f"sha256 {dataset['digest'][:12]}")),
        ("weights", escape(weights or "none")),
        ("code", escape(f"commit {stamp['commit'][:12]}{changed}")),
        ("tables", escape(f"{sum(stamp['seconds'].values()):.0f} s on {stamp['machine']['cores']} "
                          "cores, kept until an input changes")),
        ("tables again", f"<code>{escape(again)}</code>"),
    ]  # fmt: skip


def _known(parameters: Mapping[str, Any]) -> dict:
    """Parameters of a run that this version of the presets still has."""
    from mer_core import presets

    return {k: v for k, v in parameters.items() if k in presets.KEYS}


def study_rows(name: str, said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same of a study, whose tables are committed."""
    settings = ", ".join(f"{k}={v}" for k, v in said["parameters"].items()) or "defaults"
    changed = ", with uncommitted changes" if said["changed"] else ""
    size = ", a tiny version that says nothing" if said.get("fast") else ""
    return [
        (f"study {name}", escape(f"committed with its provenance; {settings}{size}")),
        ("code", escape(f"commit {said['commit'][:12]}{changed}")),
        ("study", escape(f"{said['seconds']:.0f} s, {said['workers']} at a time")),
        ("study again", f"<code>{escape(said['command'])}</code>"),
    ]


def read_stamp(folder: Path) -> dict:
    """provenance.json of a run's folder, or nothing."""
    try:
        return json.loads((Path(folder) / "provenance.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def read_studies(notebook: Any) -> dict[str, dict]:
    """Provenance of every study that a chapter reads."""
    from mer_core import studies

    sources = [c.source for c in notebook.cells if c.cell_type == "code"]
    names = {o.partition(":")[2] for found in flow(sources) for o in found if o.startswith("study")}
    said = {}
    for name in sorted(names & set(studies.STUDIES)):
        try:
            finding = studies.read(name)
        except FileNotFoundError:
            continue
        said[name] = {**finding.provenance, "stale": finding.stale, "command": finding.command}
    return said
