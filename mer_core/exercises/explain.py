"""An answer that is not the expected one -> the kind of mistake that explains it.

A kind is named only if it explains every probe that failed.
"""

import itertools
from collections.abc import Callable

import numpy as np


def same(got: object, want: object, tolerance: float) -> bool:
    """Equal in structure and, within the tolerance, in value."""
    if isinstance(want, dict):
        return (
            isinstance(got, dict)
            and got.keys() == want.keys()
            and all(same(got[k], want[k], tolerance) for k in want)
        )
    if isinstance(want, (str, bool, type(None))):
        return type(got) in (type(want), np.bool_) and got == want
    if isinstance(want, (list, tuple)) and not _numeric(want):
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(want)
            and all(same(g, w, tolerance) for g, w in zip(got, want, strict=True))
        )
    if not _numeric(got) or np.shape(got) != np.shape(want):
        return False
    return bool(np.allclose(_float(got), _float(want), rtol=tolerance, atol=tolerance))


def _numeric(value: object) -> bool:
    """A number, an array of numbers, or nested lists that make one."""
    if isinstance(value, (str, dict, type(None))):
        return False
    try:
        return np.asarray(value).dtype.kind in "biufc"
    except ValueError:  # ragged
        return False


def _float(value: object) -> np.ndarray:
    array = np.asarray(value)
    return array if array.dtype.kind == "c" else array.astype(float)


def structure(got: object, want: object, name: str = "your answer") -> tuple[str, str] | None:
    """(kind, sentence) if the answer is no candidate at all, whatever its values."""
    if got is None and want is not None:
        return "nothing", ""
    if isinstance(want, str) != isinstance(got, str) or isinstance(want, dict) != isinstance(
        got, dict
    ):
        return "type", f"{name} is {_named(got)}; {_named(want)} is needed."
    if isinstance(want, dict) and set(got) != set(want):
        return "type", f"{name} has the keys {_listed(got)}; {_listed(want)} are needed."
    if isinstance(want, np.ndarray):
        if not isinstance(got, np.ndarray):
            return "type", f"{name} is {_named(got)}; {_named(want)} is needed."
        if (want.dtype == np.uint8) and got.dtype != np.uint8:
            return "type", f"{name} is an array of {got.dtype}; one of uint8 is needed."
    elif _numeric(want) and not _numeric(got):
        return "type", f"{name} is {_named(got)}; {_named(want)} is needed."
    elif isinstance(want, (list, tuple)) and not isinstance(got, (list, tuple, np.ndarray)):
        return "type", f"{name} is {_named(got)}; {_named(want)} is needed."
    if _numeric(got) and _numeric(want):
        if not np.isfinite(_float(got)).all() and np.isfinite(_float(want)).all():
            return "not-finite", ""
    return None


def _named(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} of {value.dtype}"
    names = {dict: "a dict", list: "a list", tuple: "a tuple", str: "a text", bool: "True or False"}
    if type(value) in names:
        return names[type(value)]
    return "a number" if _numeric(value) else f"a {getattr(value, 'kind', type(value).__name__)}"


def _listed(values: object) -> str:
    return ", ".join(sorted(map(str, values))) or "none"


def explain(got: list, want: list, tolerance: float) -> str:
    """The first kind of `KINDS` that explains every (answer, expected) pair; "wrong" if none."""
    if all(_numeric(g) and _numeric(w) for g, w in zip(got, want, strict=True)):
        pairs = [(_float(g), _float(w)) for g, w in zip(got, want, strict=True)]
        if len(pairs) > 1 and all(np.ndim(w) == 0 for _, w in pairs):
            pairs = [_stack(pairs)]  # single numbers say something only together
        for kind, test in _NUMBERS.items():
            if all(test(g, w, tolerance) for g, w in pairs):
                return kind
        if any(g.shape != w.shape for g, w in pairs):
            return "shape"
    elif all(
        isinstance(g, (list, tuple)) and _permuted(g, w, tolerance)
        for g, w in zip(got, want, strict=True)
    ):
        return "swapped-order"
    return "wrong"


def _stack(pairs: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([np.ravel(g)[0] for g, _ in pairs]), np.array([w for _, w in pairs])


def _permuted(got: list, want: list, tolerance: float) -> bool:
    if len(got) != len(want) or len(want) > 6:
        return False
    orders = itertools.permutations(range(len(want)))
    return any(
        all(same(got[i], w, tolerance) for i, w in zip(o, want, strict=True)) for o in orders
    )


def _equal(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=tolerance, atol=tolerance))


def _swapped(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    if g.ndim != w.ndim or w.ndim < 2:
        return False
    orders = list(itertools.permutations(range(w.ndim)))[1:]
    return any(_equal(g.transpose(o), w, tolerance) for o in orders)


def _reversed(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    axes = range(w.ndim)
    chosen = itertools.chain.from_iterable(
        itertools.combinations(axes, n) for n in range(1, w.ndim + 1)
    )
    return any(_equal(np.flip(g, c), w, tolerance) for c in chosen) if g.shape == w.shape else False


def _off_by_one(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    if g.ndim != w.ndim:
        return False
    if w.ndim == 0 or (g.shape == w.shape and w.ndim == 1 and _whole(w)):
        if np.all(np.abs(g - w) == 1) and len(np.unique(g - w)) == 1:
            return True
    for axis in range(w.ndim):
        a, b = np.moveaxis(g, axis, 0), np.moveaxis(w, axis, 0)
        if a.shape[1:] != b.shape[1:] or len(a) < 2 or len(b) < 2:
            continue
        if len(a) == len(b) and len(b) > 2 and np.ptp(b) > 0:
            if _equal(a[1:], b[:-1], tolerance) or _equal(a[:-1], b[1:], tolerance):
                return True
        if abs(len(a) - len(b)) == 1:
            n = min(len(a), len(b))
            if _equal(a[:n], b[:n], tolerance) or _equal(a[-n:], b[-n:], tolerance):
                return True
    return False


def _whole(x: np.ndarray) -> bool:
    return bool(np.all(x == np.rint(x)))


def _proportional(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    if g.shape != w.shape or w.size < 2 or len(np.unique(w)) < 2 or not np.any(g):
        return False
    axes = [None, *range(w.ndim)] if w.ndim > 1 else [None]
    for axis in axes:
        a, b = np.abs(g).sum(axis, keepdims=True), np.abs(w).sum(axis, keepdims=True)
        if np.all(a > 0) and np.all(b > 0) and _equal(g / a, w / b, tolerance):
            return True
    return False


def _offset(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    if g.shape != w.shape or w.size < 2 or len(np.unique(w)) < 2:
        return False
    return _equal(g - np.ravel(g - w)[0], w, tolerance)


def _truncated(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    if g.shape != w.shape or w.size < 2 or not (_whole(g.real) and _whole(w.real)):
        return False
    return bool(np.isin(w - g, (0, 1)).all())


def _wrapped(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    if g.shape != w.shape or not (_whole(g.real) and _whole(w.real)):
        return False
    return bool(np.all((g.real - w.real) % 256 == 0))


def _bytes(g: np.ndarray, w: np.ndarray) -> bool:
    return (
        g.shape == w.shape
        and all(_whole(x.real) and x.real.min() >= 0 and x.real.max() <= 255 for x in (g, w))
        and w.real.max() > 16
    )


def _bit_order(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    """One rotation of the eight bits, forwards or backwards, explains every code."""
    if not _bytes(g, w) or np.size(w) < 2:
        return False
    bits = np.unpackbits(np.ravel(w).astype(np.uint8)[:, None], axis=1)
    target = np.ravel(g).astype(np.uint8)
    orders = [bits, bits[:, ::-1]]
    rolled = (np.packbits(np.roll(o, k, axis=1), axis=1)[:, 0] for o in orders for k in range(8))
    return any(np.array_equal(r, target) for r in rolled)


def _inverted(g: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    return _bytes(g, w) and bool(np.array_equal(g, 255 - w))


_NUMBERS: dict[str, Callable[[np.ndarray, np.ndarray, float], bool]] = {
    "swapped-axes": _swapped,
    "reversed": _reversed,
    "sign": lambda g, w, t: _equal(-g, w, t),
    "inverted-bits": _inverted,
    "bit-order": _bit_order,
    "normalisation": _proportional,
    "off-by-one": _off_by_one,
    "wraparound": _wrapped,
    "truncation": _truncated,
    "offset": _offset,
}
