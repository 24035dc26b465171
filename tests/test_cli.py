"""`mer` as a user meets it: help, bad input, files; one line and an exit code for a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from mer_core import cli, presets

MER = Path(sys.executable).with_name("mer")


@pytest.fixture
def mer(monkeypatch, capsys):
    """Run `mer` in this process: (exit code, what it printed)."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["mer", *map(str, words)])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code
        printed = capsys.readouterr()
        return code or 0, printed.out + printed.err

    return call


COMMANDS = (
    "demo,list,data,data make,weights,weights fetch,run,book,study,cache,cache clear,bench,check,"
    "compare,chapter"
)


@pytest.mark.parametrize("words", ["", *COMMANDS.split(",")])
def test_every_command_has_help(mer, words):
    code, text = mer(*words.split(), "--help")
    assert code == 0 and "Usage" in text and len(text) > 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run nope", ["preset", "nope", "ci, quick, paper"]),
        ("book nope", ["preset", "nope", "ci, quick, paper"]),
        ("chapter 99 ci", ["chapter", "99", "00_framework"]),
        ("compare nowhere nowhere", ["nowhere", "predictions.csv"]),
        ("check exercise-999", ["exercise-999", "exercise-1 to"]),
        ("run ci -p sigmma=1", ["sigmma", "unknown key", "sigma"]),
        ("run ci -p sigma", ["-p", "'sigma'", "key=value"]),
        ("run ci -p models=[bicubic-x3]", ["bicubic-x3", "bicubic-x2"]),
        ("run ci -p dataset=smik", ["dataset", "smik", "smic-hs"]),
        ("run ci --data smic-hs=nowhere", ["smic-hs", "nowhere"]),
        ("run ci -p descriptors.lbp-top.sampling=cubic", ["sampling", "cubic", "nearest"]),
        ("weights fetch psnr-smal", ["psnr-smal", "psnr-small"]),
        ("weights fetch psnr-small --file nowhere.hdf5", ["nowhere.hdf5"]),
        ("data make --clip s99_ne_01", ["s99_ne_01"]),
        ("data verify smic-hs", ["smic-hs"]),
        ("cache clear everything", ["part", "everything", "results"]),
        ("study nope", ["study", "nope"]),
        ("bench speed", ["name", "speed", "descriptors"]),
    ],
)
def test_a_mistake_is_one_line_that_names_what_came_and_what_is_allowed(
    mer, words, said, tmp_path, monkeypatch
):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    code, text = mer(*words.split())
    assert code == 1
    line = [x for x in text.splitlines() if x.startswith("mer: ")]
    assert len(line) == 1 and "Traceback" not in text
    for word in said:
        assert word in line[0]
    assert [p.name for p in tmp_path.iterdir() if p.name != "cache"] == []


def test_a_run_from_the_command_line(mer, small, tmp_path):
    file = presets.save(small, tmp_path / "small.yml")
    code, text = mer("run", file, "--out", tmp_path / "out", "--workers", 1)
    assert (
        code == 0
        and "preset small: three subjects" in text
        and " min with an empty store, " in text
    )
    assert (tmp_path / "out" / "table2.csv").exists()
    (tmp_path / "file.txt").write_text("")
    code, text = mer("run", file, "--out", tmp_path / "file.txt" / "out", "-p", "sigma=3")
    assert code == 1 and "file.txt" in text and "name a writable folder" in text


def test_a_damaged_frame_ends_the_run_with_its_name(mer, small, tree, tmp_path):
    file = presets.save(small, tmp_path / "small.yml")
    frame = tree / "VIS/s2/micro/positive/s2_po_01/reg_image001001.png"
    for damaged, word in ((b"", "cannot be read"), (frame.read_bytes()[:300], "cannot be read")):
        frame.write_bytes(damaged)
        code, text = mer("run", file, "--out", tmp_path / "out", "--workers", 1)
        assert code == 1 and "reg_image001001.png" in text and word in text
        assert not list((tmp_path / "out").glob("[!.]*"))


def test_a_clip_too_short_for_its_descriptor_says_the_least(mer, small, tmp_path):
    file = presets.save(small, tmp_path / "small.yml")
    words = ("--out", tmp_path / "out", "--workers", 1, "-p", "frames=2")
    code, text = mer("run", file, *words)
    assert code == 1 and "got 2 frames; at least 3" in text


def test_list_names_everything(mer):
    code, text = mer("list")
    assert code == 0
    for word in ("quick", "smic-hs", "psnr-small", "lbp-top", "02_degradation", "factor"):
        assert word in text


def test_cache_info_verify_clear(mer, tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "c"))
    (tmp_path / "c" / "results" / "ab").mkdir(parents=True)
    (tmp_path / "c" / "results" / "ab" / "x.npy").write_bytes(b"half")
    assert "1 files" in mer("cache", "info")[1]
    assert mer("cache", "verify") == (0, "0 results are whole, 1 dropped\n")
    assert mer("cache", "clear", "results")[0] == 0
    assert not (tmp_path / "c" / "results").exists()


def test_the_installed_command_answers():
    done = subprocess.run([MER, "run", "nope"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("mer: preset: got 'nope'")
    assert "Traceback" not in done.stderr
