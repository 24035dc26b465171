"""A full disk, met through the command line: one line, exit code 1, nothing half-written.

The limit on the size of a file stands in for the disk: the system itself refuses the write, in
whatever writer it happens, and says so as it would say that no space is left.
"""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from mer_core import cli, presets, results
from mer_core.superres import MODELS, SRModel, engine, networks, sources, weights
from mer_core.superres.registry import LOCAL, Network

resource = pytest.importorskip("resource")  # POSIX only

SPEC = Network("RDN", 2, C=1, D=1, G=4, G0=4)


@contextmanager
def room_for(size):
    """No file may grow beyond `size` bytes; Python ignores the signal, so writes fail."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def mer(monkeypatch, capsys):
    """Run `mer` in this process: (exit code, its lines that begin with mer:, all it printed)."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["mer", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        printed = capsys.readouterr()
        text = printed.out + printed.err
        assert "Traceback" not in text
        return code, [x for x in text.splitlines() if x.startswith("mer: ")], text

    return call


@pytest.fixture
def preset(small, tmp_path):
    return presets.save(small, tmp_path / "small.yml")


def files(folder):
    """Name -> bytes of all files below `folder`, hidden ones too."""
    found = folder.rglob("*") if folder.exists() else []
    return {str(p.relative_to(folder)): p.read_bytes() for p in found if p.is_file()}


def tables(folder):
    """The tables alone: the provenance holds times."""
    return {name: data for name, data in files(folder).items() if name.endswith(".csv")}


@pytest.fixture
def wanted(mer, preset, tmp_path):
    """The tables of a run with room enough; its store is thrown away."""
    out = tmp_path / "wanted"
    assert mer("run", preset, "--out", out, "--workers", 1)[0] == 0
    assert len(tables(out)) == len(results.TABLES)
    return tables(out)


@pytest.fixture
def full_at(monkeypatch):
    """Make the disk full in the middle of the n-th table that is written, from 1."""
    real = pd.DataFrame.to_csv

    @contextmanager
    def at(n):
        count = iter(range(1, 100))

        def to_csv(self, path, *args, **kwargs):
            limited = next(count) == n
            with room_for(40) if limited else room_for(resource.RLIM_INFINITY):
                return real(self, path, *args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(pd.DataFrame, "to_csv", to_csv)
            yield

    return at


@pytest.mark.parametrize("n", [1, len(results.TABLES)])
def test_tables_of_a_run_come_together_or_not_at_all(mer, preset, wanted, full_at, tmp_path, n):
    """Full in the first or in the last of them: what was there stays, and a rerun makes all."""
    out = tmp_path / "out"
    name = results.TABLES[n - 1]
    with full_at(n):
        code, lines, _ = mer("run", preset, "--out", out, "--workers", 1)
    assert code == 1 and len(lines) == 1
    assert f"cannot write {out}/{name}.csv: File too large; free some space" in lines[0]
    assert files(out) == {}

    assert mer("run", preset, "--out", out, "--workers", 1)[0] == 0
    assert tables(out) == wanted
    whole = files(out)
    with full_at(n):  # another run in the same folder
        code, lines, _ = mer("run", preset, "--out", out, "--workers", 1, "-p", "sigma=2")
    assert code == 1 and len(lines) == 1
    assert files(out) == whole, "what was there before stays"


@pytest.mark.parametrize(("size", "workers"), [(0, 1), (2000, 2)])
def test_a_store_without_room_ends_a_run_in_one_line(preset, wanted, tmp_path, size, workers):
    """In a process of its own, whose workers have the limit too."""
    cache = tmp_path / "cache"
    words = ["run", str(preset), "--out", str(tmp_path / "out"), "--workers", str(workers)]
    call = [sys.executable, "-c", "from mer_core.cli import main; main()", *words]
    options = {"capture_output": True, "text": True, "cwd": tmp_path, "check": False}
    environment = os.environ | {
        "MER_CACHE": str(cache / "new"),
        "JOBLIB_TEMP_FOLDER": str(tmp_path),
    }
    with room_for(size):
        done = subprocess.run(call, env=environment, **options)
    lines = [x for x in done.stderr.splitlines() if x.startswith("mer: ")]
    assert done.returncode == 1, done.stderr
    assert len(lines) == 1 and "Traceback" not in done.stderr
    assert "cannot write" in lines[0] and "File too large; free some space" in lines[0]
    assert files(tmp_path / "out") == {}
    for file in (cache / "new").rglob("*.*"):
        if file.is_file():
            assert file.suffix == ".npy" and np.load(file) is not None, "whole or not there"

    done = subprocess.run(call, env=environment, **options)
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path / "out") == wanted


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A small network under the name "tiny", and the user's file of it; nothing is in the cache."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(MODELS, "tiny", SRModel("tiny", 2, "none", SPEC, (LOCAL,)))
    rng = np.random.default_rng(0)
    shapes = networks.expected(SPEC)
    tensors = {n: rng.normal(0, 0.1, s).astype(np.float32) for n, s in shapes.items()}
    np.savez(tmp_path / "tiny.npz", **tensors)
    return tmp_path / "tiny.npz"


def limited(function, size):
    """`function` on a disk with room for files of `size` bytes."""

    def call(*args, **kwargs):
        with room_for(size):
            return function(*args, **kwargs)

    return call


@pytest.mark.parametrize("writer", ["shutil.copyfile", "np.savez", "write_text"])
@pytest.mark.parametrize("before", ["nothing", "older weights"])
def test_weights_are_kept_whole_or_not_at_all(mer, tiny, tmp_path, monkeypatch, writer, before):
    """The user's file as it is copied, its tensors, and the record of where they are from."""
    cache, fetch = tmp_path / "cache", ("weights", "fetch", "tiny", "--file", tiny)
    if before == "older weights":
        assert mer(*fetch)[0] == 0
    there = files(cache)
    place, name = {
        "shutil.copyfile": (sources.shutil, "copyfile"),
        "np.savez": (np, "savez"),
        "write_text": (weights, "write_text"),
    }[writer]
    with monkeypatch.context() as patch:
        patch.setattr(place, name, limited(getattr(place, name), 10))
        code, lines, _ = mer(*fetch)
    assert code == 1 and len(lines) == 1
    assert f"cannot write {cache}/weights/tiny/file: File too large; free some" in lines[0]
    assert "MER_CACHE" in lines[0]
    assert files(cache) == there
    assert weights.available("tiny") == bool(there)
    assert mer(*fetch)[0] == 0 and weights.verify("tiny")


@pytest.mark.parametrize("room", [0, 0.5, 0.999, "sha256.json"])
def test_a_converted_model_is_kept_whole_or_not_at_all(
    mer, tiny, preset, tmp_path, monkeypatch, room
):
    """As a run needs it: OpenVINO finds no room for its files, or no digest fits beside them."""
    cache, out = tmp_path / "cache", tmp_path / "out"
    words = [
        "run",
        preset,
        "--out",
        out,
        "--workers",
        1,
        "-p",
        "models=[tiny]",
        "-p",
        "weights=file",
    ]
    assert mer("weights", "fetch", "tiny", "--file", tiny)[0] == 0
    there = engine.prepare("tiny").parent
    largest = max(p.stat().st_size for p in there.iterdir())
    shutil.rmtree(there)
    with monkeypatch.context() as patch:
        if room == "sha256.json":
            patch.setattr(engine, "write_text", limited(engine.write_text, 10))
        else:
            patch.setattr(engine, "_convert", limited(engine._convert, int(room * largest)))
        code, lines, text = mer(*words)
    assert code == 1 and len(lines) == 1, text
    assert "cannot write " in lines[0] and str(there) in lines[0] and "MER_CACHE" in lines[0]
    assert files(cache / "engines") == {} and files(out) == {}
    assert mer(*words)[0] == 0
    assert engine._intact(there) and set(tables(out)) == {f"{n}.csv" for n in results.TABLES}


def test_frames_that_find_no_room_are_made_again(mer, tmp_path, monkeypatch):
    """Pillow's writer says neither which file nor what to do."""
    monkeypatch.setenv("MER_DATA", str(tmp_path / "data"))
    words = ("data", "make", "--clip", "s01_ne_01")
    with room_for(2000):
        code, lines, _ = mer(*words)
    assert code == 1 and len(lines) == 1
    assert "cannot write" in lines[0] and "free some space, then run it again" in lines[0]
    assert [n for n in files(tmp_path / "data") if n.endswith(".png")] == []
    assert mer(*words)[0] == 0
    assert mer("data", "verify", "synthetic")[0] == 0
