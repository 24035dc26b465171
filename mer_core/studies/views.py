"""What the studies of the laboratory share: one clip as each input sees it, described and stored.

A view is what a descriptor is given: the HR clip, the reduced one, a super-resolved one, the clip
of a camera that has so few pixels, or the truth. Features are computed once per clip and view and
kept in the store by the pixels they come from, so that a study that was stopped goes on, another
study finds them, and code that draws the same pixels anew costs the drawing alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import metadata

import numpy as np
import pandas as pd

from mer_core import clip as clips
from mer_core import conditions, degrade, descriptors, quality, superres, temporal
from mer_core.datasets.synthetic import lab
from mer_core.datasets.synthetic.truth import truth
from mer_core.presets import Preset
from mer_core.store import code_digest, digest
from mer_core.superres import engine, isr, nesrgan, networks, weights

FRAMES, SIZE = 8, 128
DESCRIPTORS = Preset(name="lab", about="").descriptors  # those of every preset
GRID, DIRECTIONS = 5, 8  # of the histograms of true flow
SPLIT = 25 * 3 * 59  # numbers of an LBP-TOP description; those of LPQ-TOP follow


@dataclass(frozen=True)
class View:
    """One input: `method` is a name of `superres.MODELS`, or None."""

    name: str
    kind: str  # HR, LR, SR, native or truth
    scale: int = 1
    method: str | None = None

    @property
    def side(self) -> int:
        """Pixels of the side of what the view starts from."""
        return SIZE // self.scale


_NETWORKS = ("face-psnr-x2", "face-gan-x2", "face-psnr-x4", "face-gan-x4", "face-ngan-x4")
_NETWORKS += ("psnr-small", "esrgan-x4")  # the paper's own, whose weights npm carries
VIEWS: dict[str, View] = {
    view.name: view
    for view in [
        View("HR", "HR"),
        View("LR64", "LR", 2),  # described at its own size
        View("LR32", "LR", 4),
        View("bicubic-x2", "SR", 2, "bicubic-x2"),  # LR as the presets describe it: enlarged
        View("bicubic-x4", "SR", 4, "bicubic-x4"),
        *(
            View(f"{method}-x{scale}", "SR", scale, f"{method}-x{scale}")
            for method in ("nearest", "lanczos")
            for scale in (2, 4)
        ),
        View("native64", "native", 2),  # a camera of 64 x 64 pixels, enlarged like LR64
        View("native32", "native", 4),
        *(View(n, "SR", superres.MODELS[n].scale, n) for n in _NETWORKS),
        View("true flow", "truth"),  # what moves in the face: expression, lids, unrelated unit
        View("expression flow", "truth"),  # the expression alone
    ]
}


def weights_digest(name: str) -> str:
    """Digest of a view's weights; "none" where it needs none, "absent" where they are not here."""
    view = VIEWS[name]
    if view.kind != "SR" or not superres.MODELS[view.method].sources:
        return "none"
    return weights.digest(view.method) if weights.available(view.method) else "absent"


def present(names: Iterable[str]) -> list[str]:
    """The views that can be computed here, in the order given."""
    return [n for n in names if weights_digest(n) != "absent"]


def is_network(name: str) -> bool:
    """Whether a view is a network's."""
    view = VIEWS[name]
    return view.method is not None and superres.MODELS[view.method].network is not None


def choose(names: Iterable[str], networks: str) -> list[str]:
    """`names` with, of the networks among them, those that `networks` names (joined by +, or all).

    Raises ValueError for a network that is not a view.
    """
    known = [n for n in VIEWS if is_network(n)]
    wanted = known if networks == "all" else [n for n in networks.split("+") if n != "none"]
    if wrong := [n for n in wanted if n not in known]:
        raise ValueError(f"networks: got {wrong[0]!r}; allowed are all, none, {', '.join(known)}")
    return [n for n in names if n in wanted or not is_network(n)]


def hoof(flow: np.ndarray) -> np.ndarray:
    """Histogram of oriented flow: how much of the motion goes where, and in which direction.

    Parameters
    ----------
    flow : (H, W, 2) array, right and down; nan counts as no motion

    Returns
    -------
    (GRID * GRID * DIRECTIONS,) array: lengths summed over blocks and directions, scaled to the
    sum GRID * GRID, so that the size of the motion does not count; zeros where nothing moves
    """
    u, v = np.nan_to_num(flow[..., 0]), np.nan_to_num(flow[..., 1])
    length = np.hypot(u, v)
    rows, columns = (np.arange(n) * GRID // n for n in length.shape)
    turn = np.floor((np.arctan2(v, u) / (2 * np.pi) + 0.5) * DIRECTIONS).astype(int) % DIRECTIONS
    place = (rows[:, None] * GRID + columns) * DIRECTIONS + turn
    sums = np.bincount(place.ravel(), length.ravel(), GRID * GRID * DIRECTIONS)
    return sums * (GRID * GRID / sums.sum() if sums.sum() > 0 else 0.0)


def true_flow(row: pd.Series, frame: int, part: str) -> np.ndarray:
    """Exact motion from the onset to `frame` (from 1), pixels of the 128-pixel clip.

    part : "expression flow", "true flow" (everything that the face does, the head held still) or
        "true motion" (the head as well); nan off the skin

    Returns
    -------
    (SIZE, SIZE, 2) array
    """
    acted, face = lab.performance(row), lab.face(int(row.seed), int(row.identity))
    found = truth(face, acted, frame, size=SIZE)
    flow = {
        "expression flow": found.expression,
        "true flow": found.motion - found.rigid,
        "true motion": found.motion,
    }[part]
    return np.where(found.skin[..., None], flow, np.nan)


class LabClip:
    """One clip of the laboratory and its views; whatever is computed is stored.

    row : of `lab.table`, at the full resolution
    """

    def __init__(self, row: pd.Series) -> None:
        self.row = row
        self.store = conditions.store()
        self._shown: dict[str, np.ndarray] = {}

    def _origin(self, **more: object) -> dict:
        """What decides the drawn clip, as a key."""
        row = self.row
        parts = [str(row[k]) for k in ("seed", "subject", "label")]
        parts += [f"{float(row[k]):g}" for k in ("performance", "amplitude", "noise")]
        return {"generator": lab.generator_digest(), "clip": parts, **more}

    def _pixels(self, side: int) -> np.ndarray:
        """The clip of a camera of `side` pixels; at SIZE that of the full frame, reduced."""
        row = self.row.copy()
        row["resolution"] = "190x230" if side == SIZE else str(side)
        code = code_digest(clips.resize, clips.pick)
        key = self._origin(stage="lab clip", code=code, camera=side, frames=FRAMES)
        return self.store.get_or_make(key, lambda: lab.clip(row, size=side, frames=FRAMES))

    def _digest(self, side: int) -> str:
        """sha256 of `_pixels`, kept so that it need not be read to be known."""
        code = code_digest(clips.resize, clips.pick)
        key = self._origin(stage="lab digest", code=code, camera=side, frames=FRAMES)
        found = self.store.get_or_make(
            key, lambda: np.frombuffer(bytes.fromhex(digest(self._pixels(side))), np.uint8)
        )
        return found.tobytes().hex()

    @cached_property
    def hr(self) -> np.ndarray:
        """(FRAMES, SIZE, SIZE, 3) array of uint8."""
        return self._pixels(SIZE)

    @cached_property
    def apex(self) -> tuple[int, int]:
        """Of the clip's FRAMES frames the one nearest to the apex: its place among them, from 0,
        and its number in the whole clip, from 1."""

        def make() -> np.ndarray:
            acted = lab.performance(self.row)
            numbers = 1 + clips.pick(len(acted), FRAMES)
            place = int(np.abs(numbers - acted.apex).argmin())
            return np.array([place, numbers[place]])

        place, number = self.store.get_or_make(self._origin(stage="lab apex", n=FRAMES), make)
        return int(place), int(number)

    def true_flow(self, part: str) -> np.ndarray:
        """Exact flow from the first frame to that of `apex`, see `true_flow`."""
        return true_flow(self.row, self.apex[1], part)

    def shown(self, name: str) -> np.ndarray:
        """What a descriptor is given: a grey clip of uint8, of SIZE or the view's own side."""
        if name not in self._shown:
            if weights_digest(name) == "none":
                self._shown[name] = clips.to_grey(self._show(VIEWS[name]))
            else:  # what a network makes is dear: kept, unlike what is resized
                key = self._key("super-resolution", name)
                make = partial(self._show, VIEWS[name])
                self._shown[name] = self.store.get_or_make(key, lambda: clips.to_grey(make()))
        return self._shown[name]

    def _show(self, view: View) -> np.ndarray:
        if view.kind == "HR":
            return self.hr
        if view.kind == "native":
            return clips.resize(self._pixels(view.side), (SIZE, SIZE))
        lr = degrade.degrade(self.hr, view.scale)
        return lr if view.kind == "LR" else superres.super_resolve(lr, view.method, threads=1)

    def _key(self, stage: str, name: str, *code: object, **more: object) -> dict:
        view = VIEWS[name]
        key = {
            "stage": f"lab {stage}",
            "code": code_digest(degrade, clips, *code),
            "pixels": self._digest(view.side if view.kind == "native" else SIZE),
            "view": [view.kind, view.scale, view.method],
            "weights": weights_digest(name),
        }
        if key["weights"] != "none":
            key["engine"] = code_digest(engine, isr, nesrgan, networks, superres.super_resolve)
            key["openvino"] = metadata.version("openvino")
        return key | more

    def features(self, name: str) -> np.ndarray:
        """Counts of LBP-TOP and LPQ-TOP, one after the other, uint16; `hoof` for a true flow."""
        if VIEWS[name].kind == "truth":
            code = code_digest(hoof, true_flow)
            key = self._origin(stage="lab truth", code=code, frames=FRAMES, part=name)
            return self.store.get_or_make(
                key, lambda: hoof(self.true_flow(name)).astype(np.float32)
            )
        parameters = {n: dict(p) for n, p in DESCRIPTORS.items()}
        key = self._key("features", name, descriptors, temporal, descriptors=parameters)
        return self.store.get_or_make(key, partial(self._describe, name))

    def _describe(self, name: str) -> np.ndarray:
        grey = self.shown(name)
        found = [
            descriptors.describe(grey, n, normalize=False, **p).ravel()
            for n, p in DESCRIPTORS.items()
        ]
        return np.concatenate(found).astype(np.uint16)

    def flow(self, name: str) -> np.ndarray:
        """Optical flow (SIZE, SIZE, 2) float32 of a view, from its first frame to the apex."""
        key = self._key("flow", name, quality, frame=self.apex[0])

        def make() -> np.ndarray:
            shown = self.shown(name)
            return quality.optical_flow(shown[0], shown[self.apex[0]]).astype(np.float16)

        return self.store.get_or_make(key, make).astype(np.float32)

    def measures(self, name: str) -> np.ndarray:
        """PSNR (dB), SSIM, flicker (grey levels), motion error (pixels) of a view against HR, all
        on the rounded luma."""
        key = self._key("measures", name, quality, frame=self.apex[0])

        def make() -> np.ndarray:
            shown = self.shown(name)
            error = np.linalg.norm(self.flow(name) - self.flow("HR"), axis=-1).mean()
            hr = self.shown("HR")
            whole = [f(hr, shown) for f in (quality.psnr, quality.ssim, quality.flicker)]
            return np.array([*whole, error])

        return self.store.get_or_make(key, make)


def _describe_clip(row: pd.Series, names: Sequence[str], measured: bool) -> None:
    clip = LabClip(row)
    for name in names:
        clip.features(name)
        if measured and VIEWS[name].kind in ("HR", "SR"):
            clip.measures(name)


def _describe_clips(rows: pd.DataFrame, names: Sequence[str], measured: set[str]) -> int:
    for clip_id, row in rows.iterrows():
        _describe_clip(row, names, clip_id in measured)
    return len(rows)


def prepare(
    table: pd.DataFrame,
    names: Sequence[str],
    *,
    workers: int,
    measured: Iterable[str] = (),
    about: str = "lab",
) -> None:
    """Describe every clip of a table in every view, what is stored already aside.

    Parameters
    ----------
    table : rows of `lab.table`
    names : of views that are `present`
    workers : processes, an identity at a time
    measured : ids of the clips whose HR and SR views are measured as well
    about : before the progress bar
    """
    from joblib import Parallel, delayed, parallel_config
    from tqdm import tqdm

    measured = set(measured)
    with tqdm(total=len(table), desc=about, unit="clip") as bar:
        if workers <= 1:
            for clip_id, row in table.sort_values("identity", kind="stable").iterrows():
                _describe_clip(row, names, clip_id in measured)
                bar.update()
            return
        jobs = [rows for _, rows in table.groupby("identity")]
        with parallel_config(backend="loky", inner_max_num_threads=1):
            run = Parallel(n_jobs=workers, return_as="generator_unordered")
            for done in run(delayed(_describe_clips)(r, names, measured) for r in jobs):
                bar.update(done)


def matrices(table: pd.DataFrame, name: str) -> dict[str, np.ndarray]:
    """Square roots of the histograms of every clip in one view: descriptor -> (clips, numbers).

    A linear kernel on them is Hellinger's. Each block's planes sum to 1; a true flow has the
    one description `hoof`, whatever the descriptor. float32.
    """
    found = np.stack([LabClip(row).features(name) for _, row in table.iterrows()])
    if VIEWS[name].kind == "truth":
        return dict.fromkeys(DESCRIPTORS, np.sqrt(found))
    parts = {"lbp-top": found[:, :SPLIT], "lpq-top": found[:, SPLIT:]}
    out = {}
    for descriptor, part in parts.items():
        counts = part.reshape(len(part), GRID * GRID, 3, -1).astype(np.float32)
        shares = counts / counts.sum(axis=-1, keepdims=True)
        out[descriptor] = np.sqrt(shares).reshape(len(part), -1)
    return out


def inputs(names: Iterable[str]) -> pd.DataFrame:
    """What stands beside a study's numbers: each view and the digest of its weights."""
    return pd.DataFrame([{"input": n, "weights": weights_digest(n)} for n in names])


def sizes(**values: object) -> pd.DataFrame:
    """How large a study was: what, value."""
    return pd.DataFrame({"what": list(values), "value": list(values.values())})
