"""Tables: ours beside the paper's, every number with the data it was measured on."""

from types import SimpleNamespace

import pandas as pd
import pytest

from mer_core import paper, tables

WEIGHTS = tables.origins(
    {"weights": {"psnr-small": "108ef40faa76876e"}, "sources": {"psnr-small": "npm"}}
)


@pytest.fixture
def reported():
    return paper.tables()


def ours1():
    return pd.DataFrame(
        {
            "method": ["bicubic-x2", "psnr-small", "psnr-large"],
            "input": "LR64",
            "scale": 2,
            "psnr": [30.0, 31.5, None],
            "ssim": [0.9, 0.95, None],
        }
    )


def test_the_papers_tables_are_its_own(reported):
    one, two = reported["table1"].set_index("method"), reported["table2"]
    assert len(one) == 6 and len(two) == 18
    assert one.psnr["psnr-small"] == 37.41 and one.ssim["nesrgan-plus-x4"] == 0.7601
    cell = two.query("input == 'LR32' and descriptor == 'lpq-top'").iloc[0]
    assert (cell.method, cell.accuracy, cell.li2019) == ("none", 0.4817, 0.4695)
    assert not two.isna().any().any()


def test_table_1_keeps_absent_and_unreported_rows(reported):
    table = tables.reconstruction(ours1(), reported["table1"], data="synthetic", weights=WEIGHTS)
    rows = {row[0].text: row[1:] for row in table.rows}
    assert len(rows) == 7  # bicubic is ours alone, five are the paper's alone or absent
    assert rows["psnr-small"][0] == tables.Cell("31.50", "synthetic")
    heads = {row[0].text: row[0].note for row in table.rows}
    assert heads["psnr-small"] == "from LR64, × 2\nweights: npm\n108ef40faa76"
    assert heads["bicubic-x2"] == "from LR64, × 2"
    assert rows["psnr-small"][1] == tables.Cell("37.41", "SMIC-HS (paper)")
    assert rows["bicubic-x2"][1] == tables.ABSENT
    assert rows["psnr-large"][0] == tables.Cell("absent", "no weights\nsynthetic")


def test_every_cell_of_table_2_says_its_data(reported):
    row = {"accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6, "n": 164}
    keys = {"input": "HR", "method": "none", "descriptor": "lbp-top"}
    ours = pd.DataFrame([keys | row])
    same = {"data": "synthetic", "weights": WEIGHTS}
    table = tables.recognition(ours, reported["table2"], descriptor="lbp-top", **same)
    assert table.rows[0][0] == tables.Cell("HR", "") and len(table.rows) == 9
    assert table.rows[0][1] == tables.Cell("50.0 %", "40.0 to 60.0\nsynthetic")
    for _, here, paper_cell, li in table.rows:
        assert "synthetic" in here.note
        assert "SMIC-HS" in paper_cell.note and "SMIC-HS" in li.note


def test_html_is_escaped_and_scrolls_in_its_own_box():
    table = tables.Table("a < b", ["x"], [["<script>"]])
    page = table._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert 'class="mer-table"' in page and 'tabindex="0"' in page
    plain = tables.Table("c", ["ab", "d"], [["1", tables.Cell("2", "n")]])
    assert repr(plain) == "c\nab  d\n1   2 n"


def stamp(name="quick", **changes):
    from mer_core import presets

    return {
        "parameters": presets.load("quick").parameters() | {"name": name} | changes,
        "dataset": {"name": "synthetic", "digest": "ab" * 32},
        "weights": {"psnr-small": "cd" * 32},
        "sources": {"psnr-small": "npm"},
        "seconds": {"clips": 1.5, "evaluation": 2.5},
        "commit": "0123456789abcdef",
        "changed": False,
        "machine": {"cores": 2, "processor": "some", "system": "Linux"},
    }


def test_provenance_says_what_ran_and_how_to_run_it_again():
    table = tables.provenance(SimpleNamespace(provenance=stamp()), clip="s03_po_01")
    said = {row[0]: row[1] for row in table.rows}
    assert said["again"] == "mer book quick" and said["clip"] == "s03_po_01"
    assert "not SMIC" in said["dataset"] and said["weights"].startswith("psnr-small: npm")
    assert said["run"].startswith("4 s") and said["code"] == "commit 0123456789ab"


def test_an_overridden_preset_names_its_overrides():
    line = tables.command(stamp("quick-12345678", factor=4, sigma=1.0)["parameters"])
    assert line == "mer book quick -p sigma=1.0 -p factor=4"


def test_claims_show_both_verdicts():
    table = pd.DataFrame(
        {
            "claim": ["C1", "C2"],
            "said": ["so", "thus"],
            "on_paper": [True, True],
            "on_ours": ["within the noise", "not evaluable"],
            "margin": [0.25, None],
            "margin_low": [-0.1, None],
            "margin_high": [0.6, None],
            "unit": ["dB", "dB"],
        }
    )
    rows = tables.claims(table, data="synthetic").rows
    assert rows[0][1].text == "true"
    assert rows[0][2] == tables.Cell("within the noise", "+0.25 dB\n-0.1 to +0.6\nsynthetic")
    assert rows[1][2].note == "synthetic"
    noted = tables.claims(table, data="synthetic", notes=["", "mind the level"]).rows
    assert noted[0] == rows[0] and noted[1][2].note == "synthetic\nmind the level"


def test_the_provenance_of_a_study_says_when_it_is_stale():
    stamp = {"parameters": {"draws": 9}, "changed": False, "fast": False, "commit": "c0ffee" * 7}
    stamp |= {"seconds": 60.0, "workers": 1, "machine": {"processor": "abacus"}}
    study = SimpleNamespace(name="two", question="What is two?")
    command = "mer study two -p draws=9"
    finding = SimpleNamespace(study=study, provenance=stamp, command=command, stale=False)
    text = repr(tables.provenance(finding, clips=7))
    assert "up to date" in text and command in text and "clips" in text and "c0ffeec0ffee" in text
    finding.stale, stamp["fast"] = True, True
    text = repr(tables.provenance(finding))
    assert "stale: code" in text and "says nothing" in text
