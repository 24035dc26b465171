"""What the descriptors share: the three planes, block grids, and the checks of parameters."""

from collections.abc import Callable, Sequence

import numpy as np

PLANES = ("XY", "XT", "YT")
AXES = "yxt"  # the order of `grid` and `window`
TIE = 1e-6  # an LPQ response no larger than this counts as 0


def whole_numbers(
    name: str, values: Sequence[int], parts: Sequence[str], low: int = 1
) -> tuple[int, ...]:
    """`values` as ints, one per name in `parts`, each at least `low`; ValueError naming `name`."""
    wanted = (
        f"{name}: got {values!r}; ({', '.join(parts)}) as whole numbers from {low} on is needed"
    )
    try:
        items = tuple(values)
        whole = tuple(int(v) for v in items)
    except (TypeError, ValueError):
        raise ValueError(wanted) from None
    if len(items) != len(parts) or whole != items or min(whole) < low:
        raise ValueError(wanted)
    return whole


def real_numbers(
    name: str, values: Sequence[float], parts: Sequence[str], low: float | None = None
) -> tuple[float, ...]:
    """`values` as finite floats, one per name in `parts`, none below `low`."""
    wanted = f"{name}: got {values!r}; ({', '.join(parts)}) as finite numbers"
    wanted += " is needed" if low is None else f" from {low} on is needed"
    try:
        reals = tuple(float(v) for v in values)
    except (TypeError, ValueError):
        raise ValueError(wanted) from None
    if len(reals) != len(parts) or not np.all(np.isfinite(reals)):
        raise ValueError(wanted)
    if low is not None and min(reals) < low:
        raise ValueError(wanted)
    return reals


def choice(name: str, value: object, allowed: Sequence[object]) -> None:
    """Raise ValueError, naming `name`, unless `value` is one of `allowed`."""
    if value not in allowed:
        raise ValueError(f"{name}: got {value!r}; allowed are {', '.join(map(str, allowed))}")


def equal_edges(length: int, parts: int) -> np.ndarray:
    """Edges of `parts` blocks over `length` codes: block i holds i*n//k up to (i+1)*n//k."""
    return np.arange(parts + 1) * length // parts


def grid_edges(
    shape: Sequence[int],
    grid: tuple[int, int, int],
    clip_shape: Sequence[int],
    edges: Callable[[int, int], np.ndarray] = equal_edges,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Block edges along (y, x, t) for codes of `shape` (t, y, x).

    Raises ValueError for an empty block, saying the least length of the clip (t, y, x).
    """
    found = []
    for axis, letter in zip((1, 2, 0), AXES, strict=True):
        length, parts = shape[axis], grid[len(found)]
        cuts = edges(length, parts)
        if np.any(np.diff(cuts) < 1):
            least = length
            while np.any(np.diff(edges(least, parts)) < 1):
                least += 1
            least += clip_shape[axis] - length
            raise ValueError(
                f"grid: got {parts} blocks along {letter}, one of them empty in a clip of "
                f"{clip_shape[axis]}; at least {least} along {letter} are needed"
            )
        found.append(cuts)
    return tuple(found)
