"""`mer data`: datasets."""

from pathlib import Path
from typing import Annotated

import typer

from mer_core.cli.options import Seed

app = typer.Typer(no_args_is_help=True, help="Datasets: make, verify, list them.")


@app.command("make")
def data_make(
    name: Annotated[str, typer.Argument(help="synthetic or synthetic-lab.")] = "synthetic",
    seed: Seed = 0,
    clip: Annotated[list[str] | None, typer.Option(help="This clip only (several times).")] = None,
    slice: Annotated[
        str | None,
        typer.Option(help="Of synthetic-lab, such as identities=0-9,amplitude=0+1.5,noise=all."),
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Folder (default: in the cache).")] = None,
) -> None:
    """Generate a synthetic dataset; clips that are there are kept."""
    from mer_core import datasets

    entry = datasets.dataset(name)
    if not entry.synthetic:
        raise ValueError(f"name: {name} is licensed ({entry.source}); it cannot be generated")
    given = {"clips": clip, "slice": slice}
    chosen = {key: value for key, value in given.items() if value is not None and value != []}
    if name == "synthetic-lab" and not clip:
        from mer_core.datasets.synthetic import lab_files

        print(lab_files.estimate(slice or "", seed=seed), flush=True)
    table = datasets.load(name, root, seed=seed, **chosen)
    print(f"{len(table)} clips in {root or datasets.folder(name, seed=seed)}")


@app.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(help="cdmer: public features of real clips.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="A folder that holds the files already.")
    ] = None,
) -> None:
    """Bring public features from their authors (4 MB and more), verified; never shipped."""
    from mer_core.datasets import cdmer

    if name != cdmer.NAME:
        raise ValueError(
            f"data: got {name!r}; {cdmer.NAME} can be fetched. Licensed clips are asked for at "
            "their owners (`mer data list`), synthetic ones made (`mer data make`)"
        )
    found = cdmer.fetch(source)
    print(f"{cdmer.NAME}: {', '.join(found)} in {cdmer.folder()}, each as its digest says")
    if absent := sorted(set(cdmer.FILES) - set(found)):
        print(f"not here: {', '.join(cdmer.FILES[n].file for n in absent)}")


@app.command("verify")
def data_verify(
    name: Annotated[str, typer.Argument(help="A dataset's name.")] = "synthetic",
    root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    seed: Seed = 0,
) -> None:
    """Name every clip that is missing, damaged or altered."""
    from mer_core import datasets

    if faults := datasets.verify(name, root, seed=seed):
        raise ValueError(f"{name}: " + "; ".join(faults))
    print(f"{name}: every clip is there and whole")


@app.command("list")
def data_list() -> None:
    """List the datasets: what, source, licence."""
    from mer_core.datasets import DATASETS

    for d in DATASETS.values():
        print(f"{d.name}: {d.what}\n  source: {d.source}\n  licence: {d.licence}")
