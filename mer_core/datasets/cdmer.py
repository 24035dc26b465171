"""Public features of real clips: LBP-TOP of SMIC and CASME II, from the repository of its authors.

The files belong to the cross-database micro-expression recognition (CDMER) work of Zong et al.
(2018, arXiv:1812.07742). Their repository states no licence: they are used and cited, fetched when
a user asks, and never shipped. Only numbers come with them: no picture, no subject.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mer_core.fetching import download, sha256
from mer_core.store import atomic_write, data_dir

NAME = "cdmer"
REPOSITORY = "https://github.com/jiangxingxun/Seeking_Salient_Facial_Region"
_COMMIT = "d96146591a696bd0fbdeeb7dea976efe84dff393"
URL = f"{REPOSITORY}/raw/{_COMMIT}/data/3class"
WIDTH = 15045  # 85 blocks (1 + 4 + 16 + 64) x 3 planes x 59 uniform codes
BINS = 59


@dataclass(frozen=True)
class FeatureFile:
    """A file of the repository: the set it describes, its clips, its digest."""

    name: str
    variable: str  # NAME_micro_feature and NAME_micro_label in the file
    clips: int
    sha256: str

    @property
    def file(self) -> str:
        return f"CrossCorpus_LBPTOP_R3P8_{self.variable}_112by112.mat"


FILES = {
    f.name: f
    for f in [
        FeatureFile(
            "vis",
            "SMIC_VIS",
            71,
            "a3fc2efd6cffda6f81ae3d189675a5177671f9103a4a992db9ef133eb02ceef1",
        ),
        FeatureFile(
            "nir",
            "SMIC_NIR",
            71,
            "77c4d6c0badeb47ffcb044215c123c2a8f6ba8d9b93514d3cee7eed43278bf2b",
        ),
        FeatureFile(
            "casme2",
            "CASME2",
            130,
            "632a656ccba4990cf83acb57bcaa6d92b410279848cfafe8f3191c473f98f3fa",
        ),
    ]
}


def folder() -> Path:
    """Where `fetch` puts the files, and `load` looks for them."""
    return data_dir() / NAME


def _find(name: str) -> FeatureFile:
    if name not in FILES:
        raise ValueError(f"{NAME}: got {name!r}; known are {', '.join(FILES)}")
    return FILES[name]


def _check_digest(path: Path, entry: FeatureFile) -> None:
    if (found := sha256(path)) != entry.sha256:
        raise ValueError(
            f"{NAME}: {entry.file} has sha256 {found[:12]}, {entry.sha256[:12]} is expected; "
            f"remove it, then `mer data fetch {NAME}`"
        )


def fetch(source: Path | None = None, *, base_url: str = URL, progress: bool = True) -> list[str]:
    """Bring the files into the cache; each is checked against its sha256 before it counts.

    Parameters
    ----------
    source : a folder that holds some of them; None downloads them from their authors
    base_url, progress : of the download

    Returns
    -------
    The names of the sets that are here now; what was here and whole is not fetched again.

    Raises FetchFailed without a connection, ValueError for a file of another digest,
    FileNotFoundError for a folder that holds none.
    """
    if source is not None and not any((source / f.file).is_file() for f in FILES.values()):
        raise FileNotFoundError(
            f"--from: {source} holds none of {', '.join(f.file for f in FILES.values())}"
        )
    for entry in FILES.values():
        place = folder() / entry.file
        if place.is_file():
            _check_digest(place, entry)
            continue
        if source is not None and not (source / entry.file).is_file():
            continue
        if source is not None:
            _check_digest(source / entry.file, entry)
            with atomic_write(place) as temporary:
                shutil.copyfile(source / entry.file, temporary)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")  # stays when the line breaks: the next try goes on
        print(f"fetching {entry.file} from {REPOSITORY}", file=sys.stderr)
        otherwise = f"give a folder that holds the files: mer data fetch {NAME} --from DIR"
        download(
            f"{base_url}/{entry.file}", part, progress=progress, what=NAME, otherwise=otherwise
        )
        try:
            _check_digest(part, entry)
        except ValueError:
            part.unlink()
            raise
        part.replace(place)
    return [name for name, f in FILES.items() if (folder() / f.file).is_file()]


def load(name: str, root: Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of one set, its digest and layout checked.

    Parameters
    ----------
    name : "vis" or "nir" (SMIC, 71 clips each), "casme2" (130 clips)
    root : folder of the files; None is where `fetch` puts them

    Returns
    -------
    (clips, 15045) float64 features: 85 blocks (1, 4, 16, 64 of a growing grid) x planes XY, XT,
    YT x 59 uniform codes, each plane of each block summing to 1; (clips,) labels "1", "2", "3".
    There are no subjects.

    Raises FileNotFoundError, with the command that fetches it; ValueError for another digest or
    layout.
    """
    entry = _find(name)
    path = (root or folder()) / entry.file
    if not path.is_file():
        raise FileNotFoundError(
            f"{NAME}: {entry.file} is not here; `mer data fetch {NAME}` brings it from its authors"
        )
    _check_digest(path, entry)
    return read_layout(path, entry)


def read_layout(path: Path, entry: FeatureFile) -> tuple[np.ndarray, np.ndarray]:
    """What `load` returns, of a file of any digest; ValueError names what is wrong with it."""
    import h5py

    def fault(what: str) -> ValueError:
        return ValueError(f"{NAME}: {path.name}: {what}")

    keys = [f"{entry.variable}_micro_{part}" for part in ("feature", "label")]
    try:
        with h5py.File(path) as file:
            if missing := [k for k in keys if k not in file]:
                raise fault(f"lacks {missing[0]}; it has {', '.join(file) or 'nothing'}")
            features, labels = (np.asarray(file[k], dtype=float) for k in keys)
    except OSError as error:
        raise fault("is no MATLAB 7.3 (HDF5) file") from error
    if features.shape != (WIDTH, entry.clips) or labels.shape != (1, entry.clips):
        raise fault(
            f"got shapes {features.shape} and {labels.shape}; "
            f"({WIDTH}, {entry.clips}) and (1, {entry.clips}) are expected"
        )
    planes = features.T.reshape(entry.clips, -1, BINS)
    if not np.allclose(planes.sum(axis=-1), 1, atol=1e-6):
        raise fault("its planes do not sum to 1")
    if set(np.unique(labels)) != {1.0, 2.0, 3.0}:
        raise fault(f"got labels {np.unique(labels).tolist()}; 1, 2, 3 are expected")
    return features.T.copy(), labels[0].astype(int).astype(str)
