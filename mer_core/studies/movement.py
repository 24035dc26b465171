"""How small a movement survives? Accuracy against the true size of the movement, by input.

One rule, fixed beforehand: at each amplitude a linear support vector machine with C = 1 on
square roots of histograms, every identity predicted by the others. Accuracies are summed up by
psychometric functions, whose thresholds are what a method is worth in pixels of movement.
"""

from itertools import product

import numpy as np
import pandas as pd

from mer_core import evaluate
from mer_core.datasets.synthetic import lab
from mer_core.studies import views

LEVEL = 0.5  # accuracy whose amplitude is the threshold; chance is 1/3
LAPSE = 0.02  # share of clips missed however large the movement
SLOPES = np.geomspace(0.4, 6, 25)
PLACES = np.geomspace(0.05, 40, 400)  # pixels
CHUNK = 50  # resamples fitted at a time: about 60 MB
TAILS = (0.025, 0.975)


def predictions(table: pd.DataFrame, name: str) -> dict[str, np.ndarray]:
    """Whether each clip of one amplitude is recognised by a machine trained on other identities.

    table : rows of `lab.table`; name : a view; returns descriptor -> (clips,) array of bool
    """
    right = {}
    for descriptor, X in views.matrices(table, name).items():
        found = evaluate.loso(X, table.label, table.subject, C=1.0, transform=None)
        right[descriptor] = (found.predicted == found.label).to_numpy()
    return right


def right_by_identity(table: pd.DataFrame, right: np.ndarray) -> np.ndarray:
    """Clips recognised of each identity, (identities,), in the order of their numbers."""
    return pd.Series(right, index=table.identity.to_numpy()).groupby(level=0).sum().to_numpy()


def _log_likelihood(amplitudes: np.ndarray, guess: float) -> tuple[np.ndarray, np.ndarray]:
    """log p and log(1 - p) of Weibull functions, (slopes, places, amplitudes)."""
    x = (amplitudes / PLACES[:, None]) ** SLOPES[:, None, None]
    p = guess + (1 - guess - LAPSE) * -np.expm1(-x)
    return np.log(p), np.log1p(-p)


def thresholds(
    right: np.ndarray, n: np.ndarray | int, amplitudes: np.ndarray, *, guess: float = 1 / 3
) -> tuple[np.ndarray, np.ndarray]:
    """The amplitudes at which psychometric functions of one common slope reach `LEVEL`.

    Parameters
    ----------
    right : (..., inputs, amplitudes) array, clips recognised of `n`, 0 where nothing was measured
    amplitudes : in pixels; 0 tells how good guessing is and enters the fit as well

    Returns
    -------
    thresholds (..., inputs), pixels, within the ends of `PLACES`; slopes (...)

    Weibull functions guess + (1 - guess - LAPSE) (1 - exp(-(a / place)^slope)) by maximum
    likelihood on a grid; Wichmann & Hill 2001, doi:10.3758/BF03194544.
    """
    hit, miss = _log_likelihood(amplitudes, guess)
    total = np.tensordot(right, hit, (-1, -1)) + np.tensordot(n - right, miss, (-1, -1))
    best = total.max(axis=-1)  # (..., inputs, slopes)
    slope = best.sum(axis=-2).argmax(axis=-1)  # (...)
    chosen = np.take_along_axis(total, slope[..., None, None, None], axis=-2)[..., 0, :]
    place = PLACES[chosen.argmax(axis=-1)]
    share = (LEVEL - guess) / (1 - guess - LAPSE)
    s = SLOPES[slope]
    return place * (-np.log1p(-share)) ** (1 / s[..., None]), s


def _is_cheap(name: str) -> bool:
    """Whether an input costs no drawing of its own and no network."""
    return views.VIEWS[name].kind != "native" and not views.is_network(name)


def _references(name: str, names: list[str]) -> list[str]:
    view = views.VIEWS[name]
    found = ["HR"] if name != "HR" else []
    if view.kind in ("SR", "native"):
        found.append(f"LR{view.side}")
    if view.kind in ("SR", "native") and view.method != f"bicubic-x{view.scale}":
        found.append(f"bicubic-x{view.scale}")
    return [r for r in found if r in names]


def _fit(counts: np.ndarray, n: np.ndarray, amplitudes: np.ndarray, names: list[str]) -> np.ndarray:
    """Thresholds (..., inputs); pictures share one slope, truths another."""
    out = np.empty(counts.shape[:-1])
    truth = np.array([views.VIEWS[name].kind == "truth" for name in names])
    for part in (truth, ~truth):
        if part.any():
            out[..., part] = thresholds(counts[..., part, :], n[part], amplitudes)[0]
    return out


def _cloud(
    counts: np.ndarray, n: np.ndarray, amplitudes: np.ndarray, names: list[str]
) -> np.ndarray:
    """`_fit` of every resample (resamples, inputs, amplitudes), some at a time."""
    parts = range(0, len(counts), CHUNK)
    return np.concatenate([_fit(counts[k : k + CHUNK], n, amplitudes, names) for k in parts])


def _spread(values: np.ndarray) -> tuple[float, float]:
    return tuple(np.quantile(values, TAILS).tolist())


def run(
    *,
    workers: int,
    fast: bool,
    identities: int = 32,
    performances: int = 2,
    noise: float = 1.5,
    seed: int = 0,
    resamples: int = 1000,
    networks: str = "all",
    networks_at: str = "all",
    cameras: bool = True,
) -> dict[str, pd.DataFrame]:
    """Tables ``accuracy``, ``thresholds``, ``gaps``, ``inputs``, ``sizes``.

    identities, performances : of each class, of the laboratory, from 0; noise : of the sensor;
    resamples : of the bootstrap over identities; networks_at : the amplitudes, as in a slice, at
    which what is dear is measured, networks and small cameras; networks : which of them, joined
    by +, all or none; cameras : whether to take the small cameras
    """
    names = [n for n, v in views.VIEWS.items() if cameras or v.kind != "native"]
    names = [n for n in names if not n.startswith(("nearest", "lanczos"))]  # beside bicubic
    names = views.choose(names, networks)
    amplitudes = "all"
    if fast:
        identities, performances, amplitudes, resamples = 3, 1, "0+2", 50
        names = ["HR", "LR32", "bicubic-x4", "true flow"]
    listed = views.inputs(names)
    names = views.present(names)
    cast = f"identities=0-{identities - 1},performances=0-{performances - 1},noise={noise:g}"
    whole = lab.table(f"{cast},amplitude={amplitudes}", seed=seed)
    few = lab.parse(f"amplitude={networks_at}")["amplitude"]
    part = whole[whole.amplitude.isin(few)]
    cheap = [n for n in names if _is_cheap(n)]
    views.prepare(whole, cheap, workers=workers, about="movement")
    views.prepare(part, [n for n in names if n not in cheap], workers=workers, about="networks")
    levels = np.sort(whole.amplitude.unique())
    one = len(whole) // len(levels)
    n = np.array([[one if _is_cheap(m) or a in few else 0 for a in levels] for m in names])
    drawn = np.random.default_rng(seed).multinomial(
        identities, np.full(identities, 1 / identities), resamples
    )
    counts = {d: np.zeros((identities, len(names), len(levels))) for d in views.DESCRIPTORS}
    for (m, name), (a, level) in product(enumerate(names), enumerate(levels)):
        if n[m, a]:
            part = whole[whole.amplitude == level]
            for descriptor, right in predictions(part, name).items():
                counts[descriptor][:, m, a] = right_by_identity(part, right)
    accuracy, found, gaps = [], [], []
    for descriptor, right in counts.items():
        spread = np.tensordot(drawn, right, axes=1)  # (resamples, inputs, amplitudes)
        for (m, name), (a, level) in product(enumerate(names), enumerate(levels)):
            if n[m, a]:
                row = {"input": name, "descriptor": descriptor, "amplitude": level, "n": one}
                low, high = _spread(spread[:, m, a] / one)
                row |= {"accuracy": right[:, m, a].sum() / one, "low": low, "high": high}
                accuracy.append(row)
        point = _fit(right.sum(axis=0), n, levels, names)
        cloud = _cloud(spread, n, levels, names)
        for m, name in enumerate(names):
            low, high = _spread(cloud[:, m])
            row = {"input": name, "descriptor": descriptor, "threshold": point[m]}
            found.append(row | {"low": low, "high": high})
            for reference in _references(name, names):
                r = names.index(reference)
                low, high = _spread(cloud[:, m] - cloud[:, r])
                row = {"input": name, "reference": reference, "descriptor": descriptor}
                gaps.append(row | {"gap": point[m] - point[r], "low": low, "high": high})
    return {
        "accuracy": pd.DataFrame(accuracy).round(5),
        "thresholds": pd.DataFrame(found).round(4),
        "gaps": pd.DataFrame(gaps).round(4),
        "inputs": listed,
        "sizes": views.sizes(
            identities=identities, performances=performances, clips=len(whole), frames=views.FRAMES
        ),
    }
