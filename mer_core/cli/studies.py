"""`mer study`: results that take longer than a chapter may."""

from pathlib import Path
from typing import Annotated

import typer

from mer_core.cli.options import Parameters, Workers, values

app = typer.Typer()


@app.command()
def study(
    name: Annotated[str | None, typer.Argument(help="A study (default: list them).")] = None,
    parameters: Parameters = None,
    workers: Workers = None,
    fast: Annotated[bool, typer.Option("--fast", help="A tiny version, to try it.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder (default: the committed one).")] = None,
) -> None:
    """Compute a study anew, going on where it was interrupted; without a name, list them."""
    from mer_core import studies

    if name is None:
        for entry in studies.STUDIES.values():
            print(f"{entry.name:<22} {entry.question} ({_state(entry.name)}; {entry.takes})")
        return
    changed = values(parameters)
    known = ", ".join(f"{k}={v}" for k, v in studies.parameters(name).items()) or "none"
    size = "a tiny version" if fast else studies.find(name).takes
    print(f"study {name}: {studies.find(name).question}\n{size}; parameters: {known}", flush=True)
    found = studies.run(name, workers=workers, fast=fast, out=out, **changed)
    for stem, table in found.tables.items():
        print(f"{stem}.csv: {len(table)} rows")


def _state(name: str) -> str:
    """Whether the committed result is there and up to date."""
    from mer_core import studies

    try:
        return "stale" if studies.read(name).stale else "up to date"
    except FileNotFoundError:
        return "not computed yet"
