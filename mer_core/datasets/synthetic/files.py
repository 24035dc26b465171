"""The replica's clips as files: generated resumably, checked later."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mer_core.datasets.synthetic import folders
from mer_core.datasets.synthetic.anatomy import pack_digest
from mer_core.datasets.synthetic.knobs import check_parameters
from mer_core.datasets.synthetic.replica import (
    IDENTITY,
    clip_ids,
    parameters_digest,
    render_clip,
    subject_face,
)


def clip_folder(root: Path, clip_id: str) -> Path:
    """Where a clip lies under `root`."""
    subject, label, _ = clip_ids()[clip_id]
    return Path(root) / "HS" / subject / "micro" / label / clip_id


def _write_clip(root, seed, parameters, clip_id):
    """Render one clip and write it."""
    clip, performance = render_clip(seed, clip_id, parameters)
    subject, label, _ = clip_ids()[clip_id]
    names = subject_face(seed, subject).unit_names
    units = {
        name: round(float(u), 6) for name, u in zip(names, performance.units, strict=True) if u
    }
    truth = {
        "clip_id": clip_id, "subject": subject, "label": label, "seed": seed,
        "parameters": dict(parameters), "actions": performance.actions,
        "units": units,
        "intensity_px": round(performance.intensity, 4),
        "onset": 1, "apex": performance.apex, "offset": len(performance), "fps": 100.0,
        "ambiguous": performance.ambiguous, **performance.disturbance,
    }  # fmt: skip
    folders.write_clip(clip_folder(root, clip_id), clip, truth)


def generate(
    root: Path,
    *,
    seed: int = 0,
    workers: int | None = None,
    clips: Sequence[str] | None = None,
    progress: bool = True,
    **parameters,
) -> None:
    """Write the dataset, or the `clips` named, under `root`; what is complete is kept.

    Parameters
    ----------
    root : folder; clips go to ``HS/<subject>/micro/<label>/<clip id>/reg_image000001.png`` ...
    seed : draws identities and performances
    workers : processes; None takes every core; the bytes do not depend on it
    clips : ids such as ``s03_ne_01``; None writes all 164
    progress : whether a line on stderr counts the clips
    parameters : ``mean_px`` (median of the largest motion, pixels), ``ambig`` (share of clips
        whose motion ignores the label), ``nuisance`` (level of all disturbances, or a mapping
        of single ones), ``noise`` (sensor noise at mid grey, code values); see `DEFAULTS`

    Raises ValueError for an unknown clip or parameter, for a root that holds other data, and
    OSError for a root that cannot be written. A killed run leaves no partial clip in place.
    """
    parameters = check_parameters(seed, parameters)
    known = clip_ids()
    wanted = list(known) if clips is None else list(dict.fromkeys(clips))
    unknown = [c for c in wanted if c not in known]
    if unknown:
        raise ValueError(
            f"clips: unknown {unknown[:5]}; allowed: {next(iter(known))} ... {list(known)[-1]}"
        )
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise ValueError(f"workers: {workers!r}; allowed: None or a whole number from 1")
    from joblib import cpu_count

    root = Path(root).absolute()
    record = {"name": "synthetic", "seed": int(seed), "parameters": parameters}
    record |= {"generator": IDENTITY, "pack": pack_digest()}
    record["digest"] = parameters_digest(seed, **parameters)
    folders.register(root, record, wanted)
    folders.sweep(root, "HS/*/micro/*")
    missing = [c for c in wanted if not folders.complete(clip_folder(root, c))]
    workers = workers or cpu_count()
    by_subject = {}
    for clip_id in missing:
        by_subject.setdefault(known[clip_id][0], []).append(clip_id)
    size = max(3, -(-len(missing) // (6 * workers)))  # a face is set up once a job
    jobs = [ids[k : k + size] for ids in by_subject.values() for k in range(0, len(ids), size)]
    jobs.sort(key=len, reverse=True)
    write = partial(_write_clip, root, seed, parameters)
    folders.work(jobs, write, min(workers, len(jobs)), progress, "synthetic")


def verify(root: Path, *, clips: Sequence[str] | None = None) -> list[str]:
    """One line for every missing, truncated or altered clip; an empty list when all is well.

    Checks `clips`, or every clip that ``dataset.json`` names.
    """
    root = Path(root)
    wanted = folders.read_record(root / "dataset.json")["clips"] if clips is None else list(clips)
    return folders.faults((clip_id, clip_folder(root, clip_id)) for clip_id in wanted)
