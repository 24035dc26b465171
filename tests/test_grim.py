"""The GRIM question and power: by hand, by enumeration, and beside SciPy."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core import grim, paper, power
from mer_core.evaluate import holm, mcnemar


@given(k=st.integers(0, 164), n=st.just(164))
def test_every_true_share_is_found_again(k, n):
    exact = 100 * k / n
    assert k in grim.counts(f"{exact:.2f}", n)
    assert k in grim.counts(f"{100 * k // n}", n, ending="truncation")


@pytest.mark.parametrize("ending", grim.ENDINGS)
def test_counts_by_enumeration(ending):
    """All values of one decimal for 7 clips: which k round, or are cut, to each."""
    for tenths in range(1001):
        value = tenths / 10
        if ending == "rounding":
            want = [k for k in range(8) if abs(1000 * k - 7 * tenths) * 2 <= 7]
        else:
            want = [k for k in range(8) if 1000 * k // 7 == tenths]
        assert grim.counts(f"{value:.1f}", 7, ending=ending) == want


def reported():
    """The paper's Table 2 as columns: LBP-TOP, LPQ-TOP, Li et al.'s five different values."""
    table = paper.tables()["table2"]
    columns = {d: [f"{100 * a:.2f}" for a in p.accuracy] for d, p in table.groupby("descriptor")}
    li = table[table.descriptor == "lbp-top"].drop_duplicates("input").li2019
    return columns | {"li": [f"{100 * a:.2f}" for a in li]}


def test_what_the_papers_columns_can_be():
    """Counted by hand: Li et al. 5 of 5 by rounding, LPQ-TOP 8 of 9 by truncation, LBP-TOP 1."""
    columns = {name: grim.judge(values, 164) for name, values in reported().items()}
    li, lpq, lbp = (columns[n] for n in ("li", "lpq-top", "lbp-top"))
    assert sorted(li.rounding) == [77, 82, 82, 85, 86]
    assert sorted(lpq.truncation.dropna()) == sorted([86, 86, 86, 85, 83, 82, 81, 79])
    assert list(lpq[lpq.truncation.isna()].value) == ["52.00"]
    for ending in grim.ENDINGS:
        assert list(lbp[ending].dropna()) == [81]
        assert list(lbp[lbp[ending].notna()].value) == ["49.39"]
        # no single test set of at most 164 clips gives these two
        impossible = lbp.set_index("value")[f"n_{ending}"]
        assert impossible["50.06"] > 164 and impossible["49.82"] > 164


def test_the_summary_of_a_pasted_table():
    text = "input, A, B\nHR, 50.00, 33.3\nLR, 52.44,\n"
    table = grim.read_table(text)
    assert list(table.index) == ["HR", "LR"] and table.loc["LR", "B"] == ""
    assert table.equals(grim.read_table("input, A, B; HR, 50.00, 33.3; LR, 52.44,"))
    found = grim.summary(table, 164).set_index("column")
    assert found.loc["A", "rounding"] == 2 and found.loc["A", "passes_rounding"] == 1
    assert found.loc["B", "values"] == 1
    small = grim.summary(table, 3).set_index("column")
    assert small.loc["B", "rounding"] == 1 and small.loc["A", "rounding"] == 0


def test_a_table_from_a_file(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("row,acc\na,12.5\n", encoding="utf-8")
    assert grim.read_table(str(file)).loc["a", "acc"] == "12.5"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("row,acc\na,12.5x\n", "table: got '12.5x' in row a, column acc"),
        ("row,acc\na,120\n", "table: got '120' in row a"),
        ("row,acc\n", "table: got no row"),
        ("row,acc\na,1\na,2\n", "two rows of one name"),
    ],
)
def test_a_wrong_table_is_named(text, match):
    with pytest.raises(ValueError, match=match):
        grim.read_table(text)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="n: got 0"):
        grim.counts("50.00", 0)
    with pytest.raises(ValueError, match="ending: got 'floor'; allowed are rounding, truncation"):
        grim.counts("50.00", 164, ending="floor")


def test_passes_by_hand():
    """50.06 is 82.1 of 164: a mean of ten passes, 821 of 1640."""
    assert grim.passes(["50.00"], 164) == 1
    r = grim.passes(["50.06"], 164)
    assert all(not grim.counts("50.06", 164 * k) for k in range(1, r))
    assert grim.counts("50.06", 164 * r)
    assert grim.passes(["31.4159265"], 2) is None
    assert grim.passes(["33.3333333"], 2) == 3


def test_smallest_p_of_the_papers_comparisons():
    """facts: .0625 (LPQ x2), .125 (LPQ x4), about .125 (LBP x2); LBP x4 .004, .047 after Holm."""
    t = paper.tables()["table2"].set_index(["method", "input", "descriptor"]).accuracy
    lr = {"lpq": t["none", "LR64", "lpq-top"], "lbp": t["none", "LR64", "lbp-top"]}
    assert grim.smallest_p(t["psnr-small", "SR64", "lpq-top"], lr["lpq"], 164) == (5, 0.0625)
    assert grim.smallest_p(t["psnr-small", "SR64", "lbp-top"], lr["lbp"], 164) == (4, 0.125)
    lr32 = t["none", "LR32", "lpq-top"], t["none", "LR32", "lbp-top"]
    assert grim.smallest_p(t["esrgan-x4", "SR32", "lpq-top"], lr32[0], 164) == (4, 0.125)
    gan = grim.smallest_p(t["esrgan-x4", "SR32", "lbp-top"], lr32[1], 164)
    ngan = grim.smallest_p(t["nesrgan-plus-x4", "SR32", "lbp-top"], lr32[1], 164)
    assert round(gan[1], 3) == 0.004 and round(ngan[1], 3) == 0.008
    assert round(holm([gan[1], *[1.0] * 11])[0], 3) == 0.047


def test_the_smallest_p_is_the_smallest():
    """A gain of 6 in all: the more clips go back and forth, the larger the p."""
    p = [mcnemar(6 + lost, lost) for lost in range(30)]
    assert p[0] == min(p) == grim.smallest_p(0.56, 0.5, 100)[1]
    assert all(a < b for a, b in itertools.pairwise(p))


@pytest.mark.parametrize(("clips", "discordant", "gain"), [(40, 0.3, 0.2), (60, 0.2, 0.0)])
def test_power_by_simulation(clips, discordant, gain):
    rng = np.random.default_rng(0)
    m = rng.binomial(clips, discordant, 4000)
    won = rng.binomial(m, (discordant + gain) / 2 / discordant)
    pairs = {(int(b), int(t)) for b, t in zip(won, m, strict=True)}
    p = {pair: mcnemar(pair[0], pair[1] - pair[0]) for pair in pairs}
    rate = np.mean([p[int(b), int(t)] <= 0.05 for b, t in zip(won, m, strict=True)])
    assert power.power(gain, clips, discordant=discordant) == pytest.approx(rate, abs=0.025)


@settings(max_examples=20, deadline=None)
@given(gain=st.floats(0, 0.2))
def test_power_grows_with_gain_and_with_clips(gain):
    here = power.power(gain, 164, discordant=0.25)
    assert here <= power.power(gain + 0.04, 164, discordant=0.25) + 1e-9
    assert 0 <= here <= 1


def test_the_detectable_gain():
    gain = power.detectable(164, discordant=0.25)
    assert power.power(gain, 164, discordant=0.25) == pytest.approx(0.8, abs=0.01)
    assert power.detectable(80, discordant=0.25) > gain
    assert power.detectable(6, discordant=0.2) is None
    with pytest.raises(ValueError, match=r"gain: got 0\.5; from 0 to discordant, 0\.25"):
        power.power(0.5, 164, discordant=0.25)
