"""Checks of what a user gives to training."""

import numbers


def check(argument: str, value: object, kind: type, least: float) -> None:
    """Raise ValueError, naming `argument`, unless `value` is a number of `kind` from `least` on."""
    allowed = numbers.Integral if kind is int else numbers.Real
    if isinstance(value, bool) or not isinstance(value, allowed) or not least <= value < 1e9:
        words = "a whole number" if kind is int else "a number"
        raise ValueError(f"{argument}: got {value!r}; {words} from {least:g} on is needed")
