"""SMIC and everything stored in its folder tree: an index, no pixel is read, nothing downloaded."""

import re
import warnings
from pathlib import Path

import pandas as pd

from mer_core import LABELS
from mer_core.clip import SUFFIXES

CODES = {"ne": "negative", "po": "positive", "sur": "surprise"}
FPS = {"HS": 100.0, "VIS": 25.0, "NIR": 25.0}

# Clips of SMIC-HS: subject -> (negative, positive, surprise). Li et al. 2013,
# doi:10.1109/FG.2013.6553717; counted in the distributed folders.
HS_COUNTS = {
    "s01": (3, 2, 1), "s02": (0, 1, 5), "s03": (22, 11, 6), "s04": (10, 4, 5),
    "s05": (1, 0, 1), "s06": (2, 0, 2), "s08": (9, 4, 0), "s09": (0, 1, 3),
    "s11": (3, 3, 1), "s12": (0, 8, 1), "s13": (0, 10, 0), "s14": (3, 2, 5),
    "s15": (1, 1, 2), "s18": (2, 0, 5), "s19": (0, 1, 1), "s20": (14, 3, 5),
}  # fmt: skip

MISSING = ("raise", "drop")
COLUMNS = ["subject", "label", "onset", "apex", "offset", "fps", "folder"]


def _canonical(name: str) -> str:
    """s1 -> s01, s1_ne_01 -> s01_ne_01; a name of another form comes back as it is."""
    match = re.fullmatch(r"s(\d+)(?:_(ne|po|sur)_(\d+))?", name)
    if not match:
        return name
    subject = f"s{int(match[1]):02d}"
    return f"{subject}_{match[2]}_{int(match[3]):02d}" if match[2] else subject


def _camera_folder(root: Path, camera: str) -> Path:
    """The folder that holds the subjects: `root`, or the camera's folder in or just below it."""
    for folder in (root / camera, root / "SMIC_all_cropped" / camera, root):
        if folder.is_dir() and any(folder.glob("s*/micro")):
            return folder
    raise FileNotFoundError(
        f"root: {root} has no {camera}/s*/micro/<label>/<clip>/ folder; "
        f"give the folder SMIC_all_cropped, or its folder {camera}"
    )


def _frame_number(file: Path) -> int:
    digits = re.findall(r"\d+", file.stem)
    if not digits:
        raise ValueError(f"frame: {file} has no frame number in its name")
    return int(digits[-1])


def _index_clip(folder: Path, subject: str, label: str, fps: float) -> dict | None:
    """One row of the table; None for a folder without frames."""
    numbers = [_frame_number(f) for f in folder.iterdir() if f.suffix.lower() in SUFFIXES]
    if not numbers:
        return None
    return {
        "clip_id": _canonical(folder.name),
        "subject": subject,
        "label": label,
        "onset": min(numbers),
        "apex": pd.NA,
        "offset": max(numbers),
        "fps": fps,
        "folder": str(folder.absolute()),
    }


def _gaps(table: pd.DataFrame, counts: dict[str, tuple[int, int, int]]) -> list[str]:
    found = table.groupby(["subject", "label"]).size()
    lacking = []
    for subject, expected in counts.items():
        for label, n in zip(LABELS, expected, strict=True):
            have = int(found.get((subject, label), 0))
            if have < n:
                lacking.append(f"{subject} {label}: {have} of {n} clips")
    return lacking


def load_smic(
    root: Path,
    *,
    camera: str = "HS",
    counts: dict[str, tuple[int, int, int]] | None = None,
    missing: str = "raise",
) -> pd.DataFrame:
    """Index the micro-expression clips of one SMIC camera; no pixel is read.

    Parameters
    ----------
    root : folder with ``HS/s1/micro/negative/s1_ne_01/reg_image036237.bmp`` and so on, as
        distributed; ``s1`` and ``s01`` both do. Frames may be bmp, png or jpg.
    camera : "HS" (100 frames per second), "VIS" or "NIR" (25)
    counts : the clips that must be there, subject -> (negative, positive, surprise); None skips
        the check
    missing : "raise", or "drop" to go on, with a warning, without what is missing or empty

    Returns
    -------
    DataFrame indexed by ``clip_id`` (s01_ne_01), sorted, with columns
        subject, label : str
        onset, apex, offset : frame numbers as in the files' names, offset included; SMIC's cut
            clips run from onset to offset, and SMIC gives no apex (missing)
        fps : float, in Hz
        folder : str, absolute

    Raises FileNotFoundError where the tree is not there, ValueError naming every missing or
    empty clip. Source: Li et al. 2013, doi:10.1109/FG.2013.6553717; licence: research use,
    from the University of Oulu on request.
    """
    if missing not in MISSING:
        raise ValueError(f"missing: got {missing!r}; allowed are {', '.join(MISSING)}")
    rows, problems = [], []
    for subject_folder in sorted(_camera_folder(Path(root), camera).glob("s*/micro")):
        subject = _canonical(subject_folder.parent.name)
        for label in LABELS:
            for folder in sorted((subject_folder / label).glob("s*")):
                if not folder.is_dir():
                    continue
                row = _index_clip(folder, subject, label, FPS[camera])
                if row is None:
                    problems.append(f"{_canonical(folder.name)} is empty")
                else:
                    rows.append(row)
    table = pd.DataFrame(rows, columns=["clip_id", *COLUMNS]).set_index("clip_id").sort_index()
    table["apex"] = table["apex"].astype("Int64")
    if twice := sorted(set(table.index[table.index.duplicated()])):
        raise ValueError(f"root: {root} has these clips twice: {', '.join(twice)}")
    problems += _gaps(table, counts or {})
    if problems:
        message = f"root: {root} is incomplete: {'; '.join(problems)}"
        if missing == "raise":
            raise ValueError(f'{message}; missing="drop" goes on with {len(table)} clips')
        warnings.warn(message, stacklevel=2)
    return table
