"""`mer bench`: the committed benchmarks, ours and the peer's timed side by side in one run."""

import subprocess
import sys

from mer_core.provenance import ROOT


def run(name: str = "all") -> int:
    """Run the benchmarks `name` (a file ``benchmarks/test_NAME.py``) and return the exit code.

    Raises ValueError for a name there is no file for, or where the project's folder is not there.
    """
    folder = ROOT / "benchmarks"
    known = sorted(p.stem.removeprefix("test_") for p in folder.glob("test_*.py"))
    if name not in (*known, "all"):
        allowed = ", ".join([*known, "all"])
        raise ValueError(f"name: got {name!r}; allowed are {allowed} (in the project's checkout)")
    files = (
        [folder / f"test_{n}.py" for n in known] if name == "all" else [folder / f"test_{name}.py"]
    )
    words = ["-m", "pytest", "--benchmark-only", "-q", "-s", "-p", "no:cacheprovider"]
    return subprocess.call([sys.executable, *words, *map(str, files)], cwd=ROOT)
