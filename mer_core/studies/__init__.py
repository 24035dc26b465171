"""Studies: results that take longer than a chapter may, made by one command, read by chapters.

A study is a module of this package with ``run(*, workers, fast, ...) -> {table name: DataFrame}``;
its further keyword arguments, all with defaults, are its parameters. What it computes on the way
goes through the store, so that an interrupted study goes on where it stopped. Its tables are
committed under ``results/NAME`` with their provenance. A result is stale when the code that made
it has changed since; comments and docstrings do not count.
"""

import importlib
import inspect
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mer_core import provenance
from mer_core.datasets.synthetic import replica
from mer_core.store import atomic_write, code_digest, write_text

RESULTS = Path(__file__).with_name("results")
PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Study:
    """What a study asks and what its result depends on.

    name : of its module here and of its folder of results; question : one sentence;
    takes : what a full run costs, in words; code : modules below ``mer_core`` whose meaning
    decides the result, beside the study's own.
    """

    name: str
    question: str
    takes: str
    code: tuple[str, ...]


_FACES = tuple(f"datasets.synthetic.{name}" for name in replica.DRAWN_BY)
_NETWORKS = ("superres.isr", "superres.nesrgan", "superres.networks")  # how weights came does not
_PICTURES = (*_FACES, "clip", "degrade", "quality", *_NETWORKS)

_LAB = ("clip", "degrade", *_NETWORKS, "superres.engine", "descriptors", "evaluate")
_LAB += ("studies.views",)
_LAB += ("datasets.synthetic.lab", "datasets.synthetic.performance", "datasets.synthetic.render")

STUDIES: dict[str, Study] = {
    study.name: study
    for study in [
        Study(
            name="calibration",
            question="At which mean amplitude does LBP-TOP score on the synthetic replica what it "
            "scores on SMIC-HS?",
            takes="about 40 minutes of one core",
            code=(*_FACES, "datasets.synthetic.memory", "clip", "descriptors.lbp_top"),
        ),
        Study(
            name="replica",
            question="What can be recognised in the synthetic replica, by its true motion, by "
            "estimated motion, and by the paper's descriptors?",
            takes="about 15 minutes of one core",
            code=(
                *(*_FACES, "datasets.synthetic.memory", "datasets.synthetic.knobs"),
                *("datasets.synthetic.truth", "clip", "descriptors.lbp_top", "descriptors.lpq_top"),
            ),
        ),
        Study(
            name="cdmer",
            question="How much of a published cross-database result is the same event seen twice?",
            takes="half a minute, after `mer data fetch cdmer`",
            code=("datasets.cdmer", "evaluate.machines", "evaluate.scoring"),
        ),
        Study(
            name="noise",
            question="Does an honest evaluation of pure noise stay at chance?",
            takes="ten minutes of one core",
            code=("leaks", "datasets.smic", "evaluate.machines", "evaluate.protocols"),
        ),
        Study(
            name="leakage",
            question="How far does each leak lift a score on the replica?",
            takes="five minutes of one core after `replica`",
            code=(
                *("leaks", "studies.replica", "studies.material", "studies.paired"),
                *("descriptors", "evaluate"),
                *(*_FACES, "datasets.synthetic.memory", "datasets.synthetic.knobs", "clip"),
            ),
        ),
        Study(
            name="finetuning",
            question="Does a network that was fine-tuned on the test subjects lift a score?",
            takes="a quarter of an hour of one core",
            code=(
                *(
                    "studies.material",
                    "studies.paired",
                    "clip",
                    "degrade",
                    "quality",
                    "descriptors",
                ),
                *("evaluate.machines", "evaluate.protocols"),
                *("superres.networks", "superres.nesrgan", "superres.registry"),
                *("training.players", "training.patches", "training.losses", "training.recipes"),
                *(*_FACES, "datasets.synthetic.memory"),
            ),
        ),
        Study(
            "reconstruction",
            "How far does Table 1 depend on what the paper leaves open?",
            "about ten minutes on two cores",
            _PICTURES,
        ),
        Study(
            "nesrgan_gap",
            "Could random 1x1 convolutions explain the paper's low nESRGAN+ row?",
            "about two minutes on two cores",
            ("studies.reconstruction", *_PICTURES),
        ),
        Study(
            name="controls",
            question="Does super-resolution help, or does only the scale match?",
            takes="ten minutes of one core",
            code=(
                *("studies.material", "clip", "degrade", "temporal", "descriptors"),
                *("evaluate.machines", "evaluate.protocols"),
            ),
        ),
        Study(
            name="movement",
            question="How small a movement survives each way of losing and regaining pixels?",
            takes="about half an hour on two cores, and 3 GB of the cache",
            code=_LAB,
        ),
        Study(
            name="thousand_tables",
            question="How much of a Table 2 is the draw of its sixteen subjects?",
            takes="about half an hour on two cores, less after `movement`",
            code=_LAB,
        ),
        Study(
            name="invented_expressions",
            question="What does super-resolution move in a face that shows nothing?",
            takes="about a quarter of an hour on two cores, less after `movement`",
            code=(*_LAB, "quality"),
        ),
        Study(
            name="multiverse",
            question="How much of the paper rests on what it leaves open?",
            takes="ten minutes of one core",
            code=(
                *("studies.material", "studies.forensics"),
                *("clip", "degrade", "quality", "temporal", "descriptors"),
                *("evaluate.machines", "evaluate.protocols", "claims.statements", "claims.view"),
            ),
        ),
    ]
}


@dataclass(frozen=True)
class Finding:
    """What a study left: its tables by name, their provenance, and whether they are stale."""

    study: Study
    tables: dict[str, pd.DataFrame]
    provenance: dict
    stale: bool

    @property
    def command(self) -> str:
        """The line that makes it again."""
        words = [f"-p {k}={v}" for k, v in self.provenance["parameters"].items()]
        return " ".join(["mer study", self.study.name, *words])


def find(name: str) -> Study:
    """The registry's entry; raises ValueError with the known names for another."""
    if name not in STUDIES:
        raise ValueError(f"study: got {name!r}; known are {', '.join(STUDIES)}")
    return STUDIES[name]


def _code(study: Study) -> str:
    files = []
    for name in (f"studies.{study.name}", *study.code):
        place = PACKAGE.joinpath(*name.split("."))
        files.append(place / "__init__.py" if place.is_dir() else place.with_suffix(".py"))
    return code_digest(*files)


def parameters(name: str) -> dict[str, object]:
    """The parameters of a study and their defaults."""
    module = importlib.import_module(f"{__name__}.{find(name).name}")
    known = inspect.signature(module.run).parameters.values()
    return {p.name: p.default for p in known if p.name not in ("workers", "fast")}


def run(
    name: str,
    *,
    workers: int | None = None,
    fast: bool = False,
    out: Path | None = None,
    **changed: object,
) -> Finding:
    """Compute a study and write its tables; what an interrupted run did is kept.

    Parameters
    ----------
    name : a name of `STUDIES`
    workers : processes; None is the number of cores; the tables do not depend on it
    fast : a tiny version, for tests and for trying; its numbers say nothing
    out : folder; None is the committed one, or ``build/studies/NAME`` here for a fast run
    changed : the study's own parameters, where they are to differ from `parameters`

    Raises ValueError for an unknown study or parameter, OSError for a folder that cannot be
    written.
    """
    study, known = find(name), parameters(name)
    if unknown := sorted(set(changed) - set(known)):
        raise ValueError(
            f"{unknown[0]}: study {name} has no such parameter; it has {', '.join(known)}"
        )
    folder = Path("build") / "studies" / name if fast else RESULTS / name
    folder = folder if out is None else Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    workers = workers or os.cpu_count() or 1
    module = importlib.import_module(f"{__name__}.{name}")
    start = time.perf_counter()
    tables = module.run(workers=workers, fast=fast, **changed)
    stamp = provenance.stamp() | {
        "study": name,
        "fast": fast,
        "parameters": changed,
        "code": _code(study),
        "seconds": round(time.perf_counter() - start, 1),
        "workers": workers,
    }
    (folder / "provenance.json").unlink(missing_ok=True)  # the last to be written
    for stem, table in tables.items():
        with atomic_write(folder / f"{stem}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    text = json.dumps(stamp, indent=1, sort_keys=True, default=str)
    write_text(folder / "provenance.json", text + "\n")
    return read(name, folder)


def read(name: str, folder: Path | None = None) -> Finding:
    """The committed result of a study, or the one in `folder`.

    Raises FileNotFoundError, with the command that makes it, where there is none.
    """
    study = find(name)
    folder = RESULTS / name if folder is None else Path(folder)
    try:
        stamp = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"study: {name} has no result yet; `mer study {name}` makes it ({study.takes})"
        ) from None
    tables = {
        file.stem: pd.read_csv(file, keep_default_na=False, na_values=[""])
        for file in sorted(folder.glob("*.csv"))
    }
    return Finding(study, tables, stamp, stale=stamp["code"] != _code(study))
