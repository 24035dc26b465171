"""The dataset's knobs: their names, defaults and allowed values."""

from collections.abc import Mapping
from numbers import Integral, Real

DEFAULTS = {"mean_px": 1.0, "ambig": 0.0, "nuisance": 1.0, "noise": 1.5}
RANGES = {"mean_px": (0.05, 8.0), "ambig": (0.0, 1.0), "noise": (0.0, 20.0)}
NUISANCES = ("drift", "pose", "lamps", "flicker", "stray", "gaze", "blink")


def _number(name, value, low, high):
    """`value` as a float, or a ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= value <= high:
        raise ValueError(f"{name}: {value!r}; allowed: {low} to {high}")
    return float(value)


def nuisance_levels(nuisance: float | Mapping[str, float]) -> dict[str, float]:
    """Level 0..3 of each of `NUISANCES`, from one number for all or a mapping (others are 0)."""
    if not isinstance(nuisance, Mapping):
        return dict.fromkeys(NUISANCES, _number("nuisance", nuisance, 0, 3))
    unknown = sorted(set(nuisance) - set(NUISANCES))
    if unknown:
        raise ValueError(f"nuisance: unknown {unknown}; allowed: {', '.join(NUISANCES)}")
    return {n: _number(f"nuisance {n}", nuisance.get(n, 0), 0, 3) for n in NUISANCES}


def check_parameters(seed: int, parameters: Mapping) -> dict:
    """`DEFAULTS` with `parameters` over them, checked, as JSON values."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed: {seed!r}; allowed: a whole number from 0")
    unknown = sorted(set(parameters) - set(DEFAULTS))
    if unknown:
        raise ValueError(f"parameters: unknown {unknown}; allowed: {', '.join(DEFAULTS)}")
    out = DEFAULTS | dict(parameters)
    out |= {name: _number(name, out[name], *limits) for name, limits in RANGES.items()}
    levels = nuisance_levels(out["nuisance"])
    out["nuisance"] = levels if isinstance(out["nuisance"], Mapping) else float(out["nuisance"])
    return out
