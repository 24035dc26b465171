import numpy as np
import pandas as pd
import pytest

from mer_core import claims, paper

FALSE_ON_PAPER = {"C8b", "C16b", "C18b"}  # the paper's own numbers say otherwise


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
    """As worked out by hand from its tables: all hold but three."""
    ledger = claims.ledger(*copied).set_index("claim")
    assert set(ledger.index[ledger.on_paper == "false"]) == FALSE_ON_PAPER
    assert set(ledger.on_paper) == {"true", "false"}


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
