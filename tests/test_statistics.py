"""Intervals and tests beside statsmodels, SciPy and what can be counted by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.datasets.smic import HS_COUNTS
from mer_core.evaluate import (
    design_effect,
    holm,
    icc,
    mcnemar,
    permutation_within,
    scores,
    sign_flip,
    wilson,
)
from mer_core.evaluate.statistics import draws


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@given(n=st.integers(1, 400), part=st.floats(0, 1), level=st.sampled_from([0.9, 0.95, 0.99]))
@settings(max_examples=40, deadline=None)
def test_wilson_is_statsmodels(n, part, level):
    from statsmodels.stats.proportion import proportion_confint

    k = round(part * n)
    want = proportion_confint(k, n, alpha=1 - level, method="wilson")
    assert wilson(k, n, level) == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (5, 0), (4, 0), (7, 3), (30, 12), (1, 1)])
def test_mcnemar_is_statsmodels(won, lost):
    from statsmodels.stats.contingency_tables import mcnemar as theirs

    want = theirs([[50, won], [lost, 50]], exact=True).pvalue if won + lost else 1.0
    assert mcnemar(won, lost) == pytest.approx(want)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=15))
@settings(max_examples=40, deadline=None)
def test_holm_is_statsmodels(p):
    from statsmodels.stats.multitest import multipletests

    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-12)


@pytest.mark.parametrize("subjects", [4, 9])
def test_sign_flip_is_scipy_s_exact_permutation_test(subjects):
    """On the subjects' sums, all sign patterns: scipy.stats.permutation_test of paired samples."""
    from scipy.stats import permutation_test

    rng = np.random.default_rng(subjects)
    groups = np.repeat(np.arange(subjects), rng.integers(1, 9, subjects))
    a, b = rng.normal(0.4, 1, len(groups)), rng.normal(size=len(groups))
    sums = pd.Series(a - b).groupby(groups).sum().to_numpy()
    want = permutation_test(
        (sums,),
        lambda x, axis: np.abs(x.sum(axis=axis)),
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert sign_flip(a, b, groups) == pytest.approx(want.pvalue)


def test_sign_flip_by_hand_and_at_random():
    groups = list("aabbcc")
    assert sign_flip([1, 1, 1, 1, 1, 1], [0] * 6, groups) == 2 / 8  # of 8 patterns, all + and all -
    assert sign_flip([1, 0] * 3, [0, 1] * 3, groups) == 1.0  # each subject's sum is 0
    many = np.repeat(np.arange(30), 2)
    rng = np.random.default_rng(0)
    assert sign_flip(rng.normal(1, 1, 60), np.zeros(60), many) < 0.001
    assert sign_flip(rng.normal(0, 1, 60), np.zeros(60), many) > 0.05


def table(subjects, labels, predicted):
    return pd.DataFrame({"subject": subjects, "label": labels, "predicted": predicted})


@pytest.mark.parametrize("score", ["accuracy", "uar"])
def test_permutation_within_by_full_enumeration(score):
    """Two subjects of 3 and 2 clips: all 6 x 2 orders, each score computed by `scores`."""
    subjects, labels, predicted = list("aaabb"), list("xxyxy"), list("xyyxy")
    values = []
    for first in itertools.permutations(labels[:3]):
        for second in itertools.permutations(labels[3:]):
            found = scores(table(subjects, [*first, *second], predicted), resamples=1)
            values.append(found[score])
    got = permutation_within(table(subjects, labels, predicted), score=score, resamples=20_000)
    observed = scores(table(subjects, labels, predicted), resamples=1)[score]
    assert got["observed"] == pytest.approx(observed)
    assert got["chance"] == pytest.approx(np.mean(values), abs=0.01)
    want = np.mean(np.array(values) >= observed - 1e-12)
    assert got["p"] == pytest.approx(want, abs=0.015)


def test_knowing_only_who_somebody_is_never_passes_the_permutation_inside_subjects():
    counts = pd.DataFrame(HS_COUNTS, index=["negative", "positive", "surprise"]).T.stack()
    subjects, labels = counts.index.repeat(counts).to_frame(index=False).to_numpy().T
    own = pd.DataFrame({"s": subjects, "l": labels}).groupby("s").l.agg(lambda x: x.mode()[0])
    oracle = table(subjects, labels, own[subjects].to_numpy())
    assert scores(oracle)["accuracy"] == pytest.approx(103 / 164)  # 62.8 %
    assert permutation_within(oracle)["p"] == 1.0
    perfect = permutation_within(table(subjects, labels, labels), score="uar")
    assert perfect["p"] == pytest.approx(1 / 2001) and perfect["observed"] == pytest.approx(1)
    with pytest.raises(ValueError, match="score: got 'f1'; allowed are accuracy, uar"):
        permutation_within(oracle, score="f1")


def test_icc_by_analysis_of_variance():
    """Mean squares from statsmodels' ANOVA, unequal groups; textbook formula on top."""
    import statsmodels.api as sm
    from statsmodels.formula.api import ols

    rng = np.random.default_rng(0)
    sizes = np.array([2, 5, 9, 4])
    groups = np.repeat(list("abcd"), sizes)
    values = rng.normal(size=20) + np.repeat(rng.normal(size=4), sizes)
    anova = sm.stats.anova_lm(ols("v ~ g", pd.DataFrame({"v": values, "g": groups})).fit())
    between, within = anova.mean_sq
    m0 = (20 - (sizes**2).sum() / 20) / 3
    assert icc(values, groups) == pytest.approx((between - within) / (between + (m0 - 1) * within))
    assert icc([1, 1, 0, 0], list("aabb")) == 1.0
    assert np.isnan(icc([1, 1, 1, 1], list("aabb")))


def test_the_design_effect_of_smic():
    """facts: one standard error at 164 clips is 3.9 points, 5.3 with an ICC of .05."""
    sizes = [sum(c) for c in HS_COUNTS.values()]
    alone = 100 * np.sqrt(0.25 / 164)
    assert round(alone, 1) == 3.9
    assert round(alone * np.sqrt(design_effect(sizes, 0.05)), 1) == 5.3
    assert design_effect([1] * 9, 0.5) == 1 and design_effect([4, 4], 1) == 4


def test_draws_are_of_subjects_with_replacement():
    drawn = draws(7, resamples=5000, seed=1)
    assert drawn.shape == (5000, 7) and (drawn.sum(axis=1) == 7).all()
    assert drawn.mean() == 1 and drawn.var() == pytest.approx(6 / 7, abs=0.02)
    np.testing.assert_array_equal(drawn, draws(7, resamples=5000, seed=1))
