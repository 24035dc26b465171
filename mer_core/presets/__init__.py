"""Presets: short YAML files that name everything a run depends on; an unknown key is an error."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mer_core.store import digest, write_text

FOLDER = Path(__file__).parent
NAMES = ("ci", "quick", "paper")


def _descriptors() -> dict[str, dict]:
    return {
        "lbp-top": {"radii": [1, 1, 2], "grid": [5, 5, 1]},
        "lpq-top": {"window": [5, 5, 5], "grid": [5, 5, 1]},
    }


@dataclass(frozen=True)
class Preset:
    """All parameters of a run; the defaults are what a preset's file leaves out.

    name, about : of the preset, for people
    dataset, seed : a name of DATASETS; the seed of the synthetic data and of every other draw
    clips : these clip ids only; None is all
    missing : "raise" or "drop", what to do about missing clips of a licensed dataset
    frames : per clip, evenly taken; None is all
    size, aspect : of the HR clip, in pixels; "stretch" or "crop"
    sigma, sampling, noise : of the degradation, see `degrade`
    models : super-resolution methods, names of MODELS
    weights : where networks' weights come from: one source, or one for each model
    precision : of the networks, "float32" or "bfloat16"
    enlarge : interpolation that brings LR clips to HR size before they are described; None
        describes them at their own size
    controls : further inputs that are no super-resolution, names of `conditions.CONTROLS`
    descriptors : name -> its parameters
    protocol, folds : how clips are split, see `predict`; "loso" is the field's
    kernel, C, transform : of the support vector machine, see `predict`
    publishable : subjects of a licensed dataset whose faces the chapters may show
    clean : refuse to run from a changed working tree
    factor, clip, frame : what the chapters show where they show one pair, one clip, one frame
        (frame None is the apex, else the middle)
    """

    name: str
    about: str
    dataset: str = "synthetic"
    seed: int = 0
    clips: tuple[str, ...] | None = None
    missing: str = "raise"
    frames: int | None = 10
    size: int = 128
    aspect: str = "stretch"
    sigma: float | None = None
    sampling: str = "centred"
    noise: float = 0.0
    models: tuple[str, ...] = ()
    weights: str | Mapping[str, str] = "npm"
    precision: str = "float32"
    enlarge: str | None = "bicubic"
    controls: tuple[str, ...] = ()
    descriptors: Mapping[str, Mapping] = field(default_factory=_descriptors)
    protocol: str = "loso"
    folds: int = 10
    kernel: str | None = "linear"
    C: float | None = None
    transform: str | None = "sqrt"
    publishable: tuple[str, ...] = ()
    clean: bool = False
    factor: int = 2
    clip: str = "s03_po_01"
    frame: int | None = None

    def source(self, model: str) -> str | None:
        """Where this preset takes the model's weights from; None where it names no source."""
        return self.weights if isinstance(self.weights, str) else self.weights.get(model)

    def parameters(self) -> dict:
        """All fields as JSON values."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {k: _plain(v) for k, v in values.items()}


KEYS = tuple(f.name for f in dataclasses.fields(Preset))
_SHOWN = (
    "about",
    "publishable",
    "clean",
    "factor",
    "clip",
    "frame",
)  # what a run's numbers do not depend on
_TYPES = {
    "seed": int,
    "size": int,
    "factor": int,
    "folds": int,
    "noise": (int, float),
    "sigma": (int, float, type(None)),
    "frames": (int, type(None)),
    "frame": (int, type(None)),
    "clips": (tuple, type(None)),
    "models": tuple,
    "controls": tuple,
    "publishable": tuple,
    "weights": (str, Mapping),
    "descriptors": Mapping,
    "C": (int, float, type(None)),
    "kernel": (str, type(None)),
    "transform": (str, type(None)),
    "enlarge": (str, type(None)),
    "clean": bool,
}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _check_type(key: str, value: object, origin: str) -> None:
    wanted = _TYPES.get(key, str)
    names = [t.__name__ for t in (wanted if isinstance(wanted, tuple) else (wanted,))]
    names = ["None" if n == "NoneType" else "list" if n == "tuple" else n for n in names]
    if not isinstance(value, wanted) or (isinstance(value, bool) and key != "clean"):
        raise ValueError(f"{key}: got {value!r} in {origin}; allowed is {' or '.join(names)}")


def _set(values: dict, key: str, value: object, origin: str) -> None:
    """Set a key; ``descriptors.lbp-top.radii`` reaches inside a mapping."""
    head, _, rest = key.partition(".")
    if head not in KEYS:
        raise ValueError(f"{key}: {origin} has an unknown key; known are {', '.join(KEYS)}")
    if not rest:
        values[head] = value
        return
    place = values.get(head)
    if place is None and head == "descriptors":
        place = _descriptors()
    if not isinstance(place, dict):
        raise ValueError(f"{key}: {origin} reaches into {head}, which holds no keys")
    inner, _, last = rest.partition(".")
    place = values[head] = dict(place)
    if last:
        place[inner] = {**place.get(inner, {}), last: value}
    else:
        place[inner] = value


def build(values: dict, origin: str = "the parameters") -> Preset:
    """A preset from plain values, as `Preset.parameters` gives them; raises ValueError."""
    frozen = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    for key, value in frozen.items():
        _check_type(key, value, origin)
    lowest = {"sigma": 0, "noise": 0, "frames": 1, "size": 1, "seed": 0, "folds": 2}
    for key, allowed in lowest.items():
        if frozen.get(key) is not None and frozen[key] < allowed:
            raise ValueError(f"{key}: got {frozen[key]} in {origin}; from {allowed} on is allowed")
    return Preset(**frozen)


def load(name: str | Path, **overrides: object) -> Preset:
    """Read a preset: one of the package's by name, or any file by its path.

    Parameters
    ----------
    name : "ci", "quick", "paper", or the path of a ``.yml`` file of the same keys
    overrides : key -> value; ``**{"descriptors.lbp-top.radii": [3, 3, 3]}`` reaches inside. An
        overridden preset has a name of its own, the old one with a digest of the changes.

    Raises ValueError for an unknown preset, key or a value of the wrong type.
    """
    import yaml

    path = FOLDER / f"{name}.yml" if str(name) in NAMES else Path(name)
    if path.suffix != ".yml" or not path.is_file():
        raise ValueError(f"preset: got {str(name)!r}; known are {', '.join(NAMES)}, or a .yml file")
    origin = f"preset {path.stem}"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"preset: {path.name} is not YAML ({error})") from error
    if not isinstance(values, dict):
        raise ValueError(f"preset: {path.name} holds no keys; known are {', '.join(KEYS)}")
    checked: dict = {}
    for key, value in values.items():
        _set(checked, str(key), value, origin)
    if lacking := sorted({"name", "about"} - set(checked)):
        raise ValueError(f"{lacking[0]}: {origin} lacks this key")
    for key, value in overrides.items():
        _set(checked, key, value, "an override")
    preset = build(checked, origin)
    if overrides:
        changes = {k: _plain(v) for k, v in overrides.items()}
        preset = dataclasses.replace(preset, name=f"{preset.name}-{digest(changes)[:8]}")
    return preset


def save(preset: Preset, path: Path) -> Path:
    """Write a preset as a file that `load` reads back to an equal one."""
    import yaml

    write_text(path, yaml.safe_dump(preset.parameters(), sort_keys=False, allow_unicode=True))
    return Path(path)


def inputs(preset: Preset) -> dict:
    """The parameters that a run's numbers depend on: not those that only choose what to show."""
    return {k: v for k, v in preset.parameters().items() if k not in ("name", *_SHOWN)}
