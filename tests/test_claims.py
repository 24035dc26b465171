import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from mer_core import claims, paper
from mer_core.evaluate.statistics import draws

# The verdicts on the paper's own numbers, worked out by hand from its two tables.
ON_PAPER = {
    "C1": "true", "C2": "true", "C3": "true", "C4": "true", "C5": "true", "C6": "true",
    "C7": "true", "C8a": "true", "C8b": "false", "C9": "true", "C10": "true", "C11": "true",
    "C12": "true", "C13": "true", "C14": "true", "C15": "true", "C16a": "true", "C16b": "false",
    "C17": "true", "C18a": "true", "C18b": "false", "C19": "true", "C20": "true",
}  # fmt: skip


@pytest.fixture
def copied():
    """A run whose tables are the paper's, with predictions that give its accuracies roughly."""
    tables = paper.tables()
    table1 = tables["table1"]
    rows = []
    table2 = tables["table2"].drop(columns="li2019").assign(n=164)
    for cell in table2.itertuples():
        right = round(cell.accuracy * 164)
        rows.append(
            pd.DataFrame(
                {
                    "subject": [f"s{k % 16:02d}" for k in range(164)],
                    "label": "positive",
                    "predicted": ["positive"] * right + ["negative"] * (164 - right),
                    "input": cell.input,
                    "method": cell.method,
                    "descriptor": cell.descriptor,
                }
            )
        )
    return tables, table1, table2, pd.concat(rows)


def test_verdicts_on_the_paper_s_own_numbers(copied):
    ledger = claims.ledger(*copied).set_index("claim")
    assert dict(ledger.on_paper) == ON_PAPER


def differences(name, tables):
    view = claims.View(tables["table1"], tables["table2"], paper=True)
    return {c.name: c for c in claims.CLAIMS}[name].differences(view)


def test_what_stands_behind_the_verdicts():
    """The counts and sizes of the differences, by hand from the paper's tables."""
    tables = paper.tables()
    holding = {n: [d.holds for d in differences(n, tables)] for n in ON_PAPER}
    assert holding["C11"] == [True] * 9  # LPQ-TOP over LBP-TOP, every row
    assert holding["C14"] == [True] * 4
    assert holding["C15"] == [True] * 12
    gains = [d.value for d in differences("C15", tables)]
    assert min(gains) == pytest.approx(0.0019) and min(gains) * 164 == pytest.approx(0.31, abs=0.01)
    strict = [d for d in differences("C8b", tables) if not d.holds]
    assert len(strict) == 1  # noise-cancel, 49.39, against ESRGAN x4, 49.82, LBP-TOP
    assert set(strict[0].terms) == {
        ("SR64", "noise-cancel", "lbp-top"),
        ("SR32", "esrgan-x4", "lbp-top"),
    }
    mean = [d.value for d in differences("C8a", tables)]
    assert mean[0] == pytest.approx(0.507350 - 0.4953)  # LBP-TOP: 50.74 against 49.53
    rho = [round(d.value, 2) for d in differences("C20", tables)]
    assert rho == [0.89, 0.94, 0.90, 0.99]  # LBP with P, S; LPQ with P, S
    two, four = (differences(n, tables)[0] for n in ("C18a", "C18b"))
    assert two.value * 164 == pytest.approx(1, abs=0.02)  # 86 and 86 clips
    assert four.value * 164 == pytest.approx(1 - 2.02, abs=0.02)  # 83 and 85
    assert differences("C19", tables)[0].value == pytest.approx(0.5145 - 0.5006)


def test_margins_by_hand(copied):
    paper_margin = claims.ledger(*copied).set_index("claim").paper_margin
    assert paper_margin["C1"] == pytest.approx(30.38 - 29.50)  # noise-cancel over ESRGAN x4
    assert paper_margin["C8b"] == pytest.approx(0.4939 - 0.4982)
    assert paper_margin["C8a"] == pytest.approx((51.43 + 50.67 + 51.45 + 49.39) / 400 - 0.4953)
    assert paper_margin["C15"] == pytest.approx(0.4939 - 0.4920)
    assert paper_margin["C12"] == pytest.approx(1 / 164 - 0.0002, abs=1e-6)


def test_a_small_difference_is_within_the_noise_and_a_large_one_is_not(copied):
    tables, table1, table2, predictions = copied
    ledger = claims.ledger(*copied).set_index("claim")
    assert ledger.on_ours["C15"] == "within the noise"
    assert ledger.margin_low["C15"] <= 0 <= ledger.margin_high["C15"]
    # one SR row that is wrong everywhere: no resample of subjects can make it better than LR
    lost = (predictions.input == "SR32") & (predictions.method == "esrgan-x4")
    predictions.loc[lost, "predicted"] = "negative"
    table2.loc[(table2.input == "SR32") & (table2.method == "esrgan-x4"), "accuracy"] = 0.0
    ledger = claims.ledger(tables, table1, table2, predictions).set_index("claim")
    assert ledger.on_ours["C15"] == "false" and ledger.margin_high["C15"] < 0


def test_quality_claims_turn_with_the_numbers(copied):
    tables, table1, table2, predictions = copied
    worse = table1.copy()
    worse.loc[worse.method == "psnr-small", "psnr"] = 20.0
    ledger = claims.ledger(tables, worse, table2, predictions).set_index("claim")
    assert ledger.on_ours["C3"] == "false" and ledger.on_paper["C3"] == "true"
    assert ledger.on_ours["C7"] == "true"


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_an_absent_row_makes_its_claims_not_evaluable(copied, how):
    tables, table1, table2, predictions = copied
    lacking = table1.method == "psnr-large"
    if how == "gone":
        table1 = table1[~lacking]
    else:
        table1 = table1.assign(psnr=table1.psnr.mask(lacking), ssim=table1.ssim.mask(lacking))
    ledger = claims.ledger(tables, table1, table2, predictions).set_index("claim")
    assert ledger.on_ours["C3"] == ledger.on_ours["C20"] == "not evaluable"
    assert np.isnan(ledger.margin["C3"])
    assert ledger.on_ours["C7"] == "true"


def test_li_et_al_are_compared_on_the_paper_s_data_only(copied):
    ledger = claims.ledger(*copied).set_index("claim")
    assert set(ledger.on_ours[["C18a", "C18b"]]) == {"not evaluable"}
    assert set(ledger.on_ours) <= set(claims.VERDICTS)


@pytest.fixture
def per_clip(copied):
    """Quality of each clip: the table's mean, and a spread of 2 dB that subjects share."""
    tables = copied[0]
    rng = np.random.default_rng(0)
    rows = []
    for row in tables["table1"].itertuples():
        shift = np.arange(164) % 16 / 4 + rng.normal(0, 0.1, 164)
        rows.append(
            pd.DataFrame(
                {
                    "clip_id": [f"c{k:03d}" for k in range(164)],
                    "subject": [f"s{k % 16:02d}" for k in range(164)],
                    "input": row.input,
                    "method": row.method,
                    "psnr": row.psnr + shift - shift.mean(),
                    "ssim": row.ssim + (shift - shift.mean()) / 100,
                }
            )
        )
    return pd.concat(rows)


def test_quality_has_intervals_over_subjects(copied, per_clip):
    """C7, ESRGAN over nESRGAN+ at x4: the interval of a resampling written out here."""
    ledger = claims.ledger(*copied, per_clip).set_index("claim")
    row = ledger.loc["C7"]
    assert row.on_ours == "true" and row.unit == "dB"
    wide = per_clip.pivot(index=["subject", "clip_id"], columns="method", values="psnr")
    gap = (wide["esrgan-x4"] - wide["nesrgan-plus-x4"]).reset_index(level=0, name="gap")
    groups = [g.gap.to_numpy() for _, g in gap.groupby("subject")]
    rng = np.random.default_rng(1)
    means = [
        np.concatenate([groups[k] for k in rng.integers(0, 16, 16)]).mean() for _ in range(2000)
    ]
    assert row.margin == pytest.approx(6.42)
    assert [row.margin_low, row.margin_high] == pytest.approx(
        list(np.quantile(means, (0.025, 0.975))), abs=0.01
    )
    # paired: the spread that all methods share does not widen the interval
    assert row.margin_high - row.margin_low < 0.1


def test_rank_correlations_have_intervals(copied, per_clip):
    """C20's weakest, LBP-TOP with PSNR, over the same draws of subjects by scipy's spearmanr."""
    row = claims.ledger(*copied, per_clip).set_index("claim").loc["C20"]
    assert row.unit == "rho"
    p = copied[3][(copied[3].descriptor == "lbp-top") & copied[3].method.isin(set(per_clip.method))]
    right = (p.predicted == p.label).groupby([p.method, p.subject]).sum().unstack()
    decibels = per_clip.groupby(["method", "subject"]).psnr.sum().unstack()
    drawn = draws(16)
    pairs = [(right.to_numpy() @ d, decibels.to_numpy() @ d) for d in drawn]
    rho = np.array([spearmanr(a, b).statistic for a, b in pairs if len(set(a)) > 1])
    assert -1 <= row.margin_low <= np.median(rho) <= row.margin_high <= 1
    inside = np.mean((rho > row.margin_low - 1e-5) & (rho < row.margin_high + 1e-5))
    assert inside >= 0.95  # few different values: the interval holds all of those at its ends


def test_one_clear_failure_is_enough_and_noise_elsewhere_does_not_hide_it(copied):
    tables, table1, table2, predictions = copied
    lost = (predictions.input == "SR32") & (predictions.method == "nesrgan-plus-x4")
    predictions.loc[lost, "predicted"] = "negative"
    table2.loc[(table2.input == "SR32") & (table2.method == "nesrgan-plus-x4"), "accuracy"] = 0.0
    ledger = claims.ledger(tables, table1, table2, predictions).set_index("claim")
    assert ledger.on_ours["C15"] == "false"  # the other gains are all within the noise
    assert ledger.on_ours["C14"] != "false"  # there the lost row helps


def test_verdicts_on_the_calibrated_level_are_marked(copied):
    ledger = claims.ledger(*copied).set_index("claim")
    assert set(ledger.index[ledger.calibrated]) == {"C11", "C17", "C19"}


def test_the_same_predictions_everywhere_are_noise_not_proof(copied):
    tables, table1, table2, predictions = copied
    predictions["predicted"] = "positive"
    ledger = claims.ledger(tables, table1, table2.assign(accuracy=1.0), predictions)
    verdicts = ledger.set_index("claim").on_ours
    assert verdicts["C15"] == verdicts["C11"] == "within the noise"
    assert verdicts["C12"] == "true"  # alike within one clip: they are the same
