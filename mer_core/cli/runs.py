"""`mer demo`, `list`, `run`, `compare`, `book`, `chapter`, `bench`."""

from pathlib import Path
from typing import Annotated

import typer

from mer_core.cli.options import Data, Parameters, Preset, Seed, Workers, load_preset, values

app = typer.Typer()


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="The figure, a PNG.")] = Path("demo.png"),
    clip: Annotated[str | None, typer.Option(help="A clip id, such as s03_po_01.")] = None,
    seed: Seed = 0,
) -> None:
    """Take one synthetic clip the whole way: one figure and five lines, within a minute."""
    from mer_core import demo as demonstration

    print("one clip, ten frames: render, degrade, super-resolve, describe; about a minute the")
    print("first time (a network's weights are fetched and converted), seconds after that")
    for line in demonstration.demo(out, clip=clip, seed=seed).lines:
        print(line)


@app.command("list")
def list_() -> None:
    """List presets, datasets, models, descriptors, and the chapters with their parameters."""
    from mer_core import book, datasets, descriptors, presets, superres

    chapters = book.chapter_parameters()
    listed = {
        "presets": {name: presets.load(name).about for name in presets.NAMES},
        "datasets": {d.name: d.what for d in datasets.DATASETS.values()},
        "models": {m.name: str(m.network or "interpolation") for m in superres.MODELS.values()},
        "descriptors": {d.name: ", ".join(d.parameters) for d in descriptors.DESCRIPTORS.values()},
        "chapters": {name: ", ".join(parameters) for name, parameters in chapters.items()},
    }
    for heading, entries in listed.items():
        print(heading)
        for name, text in entries.items():
            print(f"  {name:<20} {text}")


@app.command()
def run(
    preset: Preset,
    parameters: Parameters = None,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Folder (default: results/PRESET).")] = None,
    workers: Workers = None,
) -> None:
    """Compute a preset's tables; goes on where an interrupted run stopped."""
    from mer_core import pipeline

    chosen = load_preset(preset, parameters, data)
    print("\n".join(pipeline.announce(chosen, out=out, workers=workers)), flush=True)
    pipeline.run(chosen, out=out, workers=workers)


@app.command()
def book(
    preset: Preset = "quick",
    parameters: Parameters = None,
    data: Data = None,
    out: Annotated[Path, typer.Option(help="Folder of everything built.")] = Path("build"),
    workers: Workers = None,
    edition: Annotated[
        str, typer.Option(help="reader, student (no solutions) or instructor.")
    ] = "reader",
) -> None:
    """Run a preset, execute every chapter on it and build the static book."""
    from mer_core import book as binding
    from mer_core import pipeline, presets

    chosen = load_preset(preset, parameters, data)
    print("\n".join(pipeline.announce(chosen, workers=workers)), flush=True)
    name = preset
    if parameters:
        name = str(presets.save(chosen, pipeline.folder_of(chosen) / "preset.yml"))
    page = binding.build(name, out, workers, edition)
    print(f"the book: {page}")


@app.command()
def chapter(
    name: Annotated[str, typer.Argument(help="A chapter, such as 02_degradation, or 2.")],
    preset: Preset = "quick",
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", help="key=value, a parameter of the chapter (several times)."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A notebook (default: NAME.ipynb).")] = None,
) -> None:
    """Execute one chapter with parameters of your own; the result is a notebook."""
    from mer_core import book as binding
    from mer_core import pipeline

    binding.find_chapter(name)  # before anything long
    chosen = load_preset(preset, None, None)
    print("\n".join(pipeline.announce(chosen)), flush=True)
    given = {"preset": preset, **values(parameters)}
    print(f"the notebook: {binding.execute_chapter(name, given, out)}")


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A preset that was run, or a folder of results.")],
    second: Annotated[str, typer.Argument(help="Another.")],
) -> None:
    """Say which cells of two runs differ beyond the noise, paired clip by clip."""
    from mer_core import compare as comparing

    for line in comparing.lines(comparing.compare(first, second), first, second):
        print(line)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="descriptors, superres, or all.")] = "all",
) -> None:
    """Time the descriptors against scikit-image and the networks against ISR, both in one run."""
    from mer_core import benchmarks

    raise typer.Exit(benchmarks.run(name))
