"""Badges: claims with both verdicts, and the note that a calibrated level needs."""

import re

import pandas as pd
import pytest

from mer_core import badges, book, claims


@pytest.fixture
def ledger():
    return pd.DataFrame(
        {
            "claim": ["C11", "C17", "C18a"],
            "said": ["LPQ & LBP", "b", "c"],
            "on_paper": ["true", True, "false"],
            "on_ours": ["within the noise", "false", "not evaluable"],
            "calibrated": [False, True, True],
        }
    )


def test_a_badge_says_both_verdicts_in_words(ledger):
    found = badges.claims(ledger, "C11", "C17", data="synthetic")
    assert found.lines[0][1:4] == ("LPQ & LBP", "true", "within the noise")
    page = found._repr_html_()
    assert "LPQ &amp; LBP" in page and "synthetic: within the noise" in page
    assert page.count("<li>") == 2 and page.count(badges.CALIBRATED) == 1
    assert "C17: b [paper: true] [synthetic: false]" in repr(found)


def test_the_calibration_is_said_only_where_it_matters(ledger):
    rows = [row for _, row in ledger.iterrows()]
    assert [bool(badges.note(r, "synthetic")) for r in rows] == [False, True, False]
    assert not any(badges.note(r, "smic-hs") for r in rows)  # real data are not calibrated


def test_an_unknown_claim_is_named(ledger):
    with pytest.raises(ValueError, match="claim: got 'C99'; known are C11, C17, C18a"):
        badges.claims(ledger, "C99", data="synthetic")


def test_every_claim_has_a_badge_in_a_chapter():
    known = {c.name for c in claims.CLAIMS}
    shown = set()
    for chapter in book.chapters():
        source = "\n".join(c.source for c in book._read(chapter).cells if c.cell_type == "code")
        if "badges.claims(" in source:
            shown |= set(re.findall(r'"(C\d+[ab]?)"', source))
    assert shown == known
