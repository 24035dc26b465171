"""The architecture: who may import whom, and what importing the package may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mer_core

ROOT = Path(mer_core.__file__).parent
LAYERS = {
    0: {"clip", "evaluate", "store", "provenance", "figures", "paper", "fetching", "exercises"},
    1: {"temporal", "presets"},
    2: {
        "degrade",
        "superres",
        "quality",
        "descriptors",
        "datasets",
        "claims",
        "diagrams",
        "tables",
        "badges",
        "grim",
        "power",
    },
    3: {
        "conditions",
        "results",
        "pipeline",
        "plan",
        "compare",
        "example",
        "benchmarks",
        "leaks",
        "studies",
        "live",
        "training",
    },
    4: {"book", "demo"},
    5: {"cli"},
}
SIDEWAYS = {3, 4}  # layers whose modules may use one another; below, each step stands alone
HEAVY = {"tensorflow", "keras", "ISR", "openvino", "sklearn", "skimage", "matplotlib", "papermill"}
KNOWS = {"transformers.py": {"sklearn"}}  # imported by whoever wants scikit-learn's face of it
LEVEL = {name: level for level, names in LAYERS.items() for name in names}


def part(file):
    """The module or subpackage of mer_core that a file belongs to."""
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(tree, file):
    """Absolute dotted names imported anywhere in a file."""
    package = ["mer_core", *file.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


FILES = [f for f in sorted(ROOT.rglob("*.py")) if f != ROOT / "__init__.py"]


def test_every_module_has_a_layer():
    assert {part(f) for f in FILES} == set(LEVEL)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_go_down(file):
    own = part(file)
    for name in imports(ast.parse(file.read_text(encoding="utf-8")), file):
        words = name.split(".")
        if words[0] != "mer_core" or len(words) < 2 or words[1] not in LEVEL or words[1] == own:
            continue
        below = LEVEL[words[1]] < LEVEL[own]
        beside = LEVEL[words[1]] == LEVEL[own] in SIDEWAYS
        assert below or beside, f"{own} (layer {LEVEL[own]}) imports {words[1]}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_heavy_packages_are_imported_when_first_used(file):
    """At the top of a module only NumPy, pandas and the like; numba has files of its own."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top = ast.Module([n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)], [])
    found = {name.split(".")[0] for name in imports(top, file)} & HEAVY
    found -= KNOWS.get(file.name, set())
    assert not found, f"{file.name} imports {found} at its top"


def test_only_one_file_knows_isr():
    knowing = {
        f.name
        for f in FILES
        if any(n.split(".")[0] == "ISR" for n in imports(ast.parse(f.read_text()), f))
    }
    assert knowing <= {"isr.py"}


def test_importing_the_package_costs_numpy_and_nothing_else():
    code = "import sys, mer_core; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    third_party = set(done.stdout.split()) - set(sys.stdlib_module_names)
    assert not third_party & (HEAVY | {"pandas", "scipy", "numba", "PIL", "typer", "joblib"})
