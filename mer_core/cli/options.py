"""What several commands take: presets, parameters, folders."""

from pathlib import Path
from typing import Annotated

import typer

Preset = Annotated[str, typer.Argument(help="ci, quick, paper, or the path of a .yml file.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("-p", help="key=value, as YAML; overrides a default (several times)."),
]
Data = Annotated[
    list[str] | None, typer.Option("--data", help="NAME=PATH of a licensed dataset's folder.")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Clips at a time (default: all cores).")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the synthetic dataset.")]


def pairs(words: list[str] | None, option: str) -> dict[str, str]:
    """``key=value`` words as a dict of texts."""
    found = {}
    for word in words or []:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise ValueError(f"{option}: got {word!r}; key=value is needed")
        found[key] = value
    return found


def values(words: list[str] | None) -> dict[str, object]:
    """``-p key=value`` words as a dict; a value is read as YAML."""
    import yaml

    found = {}
    for key, text in pairs(words, "-p").items():
        try:
            found[key] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(f"-p: {key}={text} is not YAML") from error
    return found


def load_preset(name: str, parameters: list[str] | None, data: list[str] | None):
    """The preset with its overrides; datasets' folders are told to whoever looks for them."""
    from mer_core import datasets, pipeline, presets

    for dataset, path in pairs(data, "--data").items():
        datasets.set_root(dataset, Path(path))
    preset = presets.load(name, **values(parameters))
    pipeline.check(preset)
    return preset
