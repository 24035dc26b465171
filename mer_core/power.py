"""How large a gain must be before a given number of clips can show it."""

import numpy as np

ALPHA = 0.05


def power(gain: float, clips: float, *, discordant: float, alpha: float = ALPHA) -> float:
    """Chance that exact McNemar's test finds a true gain in accuracy.

    Parameters
    ----------
    gain : true difference of the two accuracies, as a share of clips, from 0 to `discordant`
    clips : independent ones, rounded down; n clustered clips are
        worth n / `design_effect` of them
    discordant : share of clips that exactly one of the conditions gets right
    alpha : level of the test

    Exact: the number of discordant clips is binomial, and so is how they split.
    """
    from scipy.stats import binom

    if not 0 <= gain <= discordant <= 1:
        raise ValueError(f"gain: got {gain}; from 0 to discordant, {discordant}, is allowed")
    if discordant == 0:
        return 0.0
    m = np.arange(int(clips) + 1)  # discordant clips, and how likely so many are
    likely = binom.pmf(m, int(clips), discordant)
    edge = binom.ppf(alpha / 2, m, 0.5)
    edge = np.where(2 * binom.cdf(edge, m, 0.5) <= alpha, edge, edge - 1)  # rejected up to here
    won = (discordant + gain) / 2 / discordant  # chance that a discordant clip is a gain
    rejected = binom.cdf(edge, m, won) + binom.sf(m - edge - 1, m, won)
    return float((likely * rejected).sum())


def detectable(
    clips: float, *, discordant: float, wanted: float = 0.8, alpha: float = ALPHA
) -> float | None:
    """The smallest gain that is found with chance `wanted`; None where no gain would be.

    The largest gain possible is `discordant`: every clip that changes is won.
    """
    from scipy.optimize import brentq

    def lacking(gain: float) -> float:
        return power(gain, clips, discordant=discordant, alpha=alpha) - wanted

    return None if lacking(discordant) < 0 else float(brentq(lacking, 0.0, discordant, xtol=1e-4))
