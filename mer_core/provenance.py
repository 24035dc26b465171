"""Where a result comes from: commit, versions, machine. No path, no host name, no user."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from mer_core import __version__

PACKAGES = (
    "numpy", "scipy", "pandas", "pillow", "numba", "scikit-image", "scikit-learn",
    "openvino", "tensorflow", "tensorflow-cpu", "keras", "ISR", "matplotlib", "jupyter-book",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def commit() -> tuple[str, bool]:
    """The commit's hash ("unknown" outside a repository), and whether tracked files differ."""
    head = _git("rev-parse", "HEAD")
    changed = bool(_git("status", "--porcelain", "--untracked-files=no"))
    return head or "unknown", changed


def versions() -> dict[str, str]:
    """Versions of Python, this package and the packages that numbers depend on."""
    found = {"python": platform.python_version(), "mer-core": __version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int]:
    """Operating system, processor and cores."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": model,
        "cores": os.cpu_count() or 1,
    }


def stamp() -> dict:
    """All of the above, as JSON values."""
    head, changed = commit()
    return {"commit": head, "changed": changed, "versions": versions(), "machine": machine()}
