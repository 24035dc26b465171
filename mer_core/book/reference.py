"""The reference of the package's public names, written from their docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
from types import ModuleType

MODULES = (
    "datasets", "clip", "degrade", "superres", "quality", "temporal", "descriptors", "evaluate",
    "claims", "pipeline", "studies", "presets", "example", "tables", "store", "provenance",
)  # fmt: skip
UNDERLINE = re.compile(r"^([A-Z]\w[\w ]*)\n-{3,}$", re.MULTILINE)
DOI = re.compile(r"\bdoi:(10\.\d{4,}/[^\s,;)]+[^\s,;).])")


def api() -> str:
    """The page: for each module its docstring, for each public name its signature and docstring."""
    parts = [
        "# Which functions are there?",
        "Written from the docstrings of `mer_core`, when the book was built. Names that begin with "
        "an underscore are left out; they may change.",
        f"## The conventions\n\n{prose(inspect.getdoc(importlib.import_module('mer_core')) or '')}",
    ]
    for name in MODULES:
        module = importlib.import_module(f"mer_core.{name}")
        parts.append(f"(api-{name})=\n## mer_core.{name}\n\n{prose(inspect.getdoc(module) or '')}")
        parts += [_entry(f"{name}.{n}", value) for n, value in public(module)]
    return "\n\n".join(parts) + "\n"


def public(module: ModuleType) -> list[tuple[str, object]]:
    """Functions and classes that a module, or a file of its own package, defines."""
    found = []
    for name, value in vars(module).items():
        if name.startswith("_") or not (inspect.isfunction(value) or inspect.isclass(value)):
            continue
        if (value.__module__ or "").startswith(module.__name__) and inspect.getdoc(value):
            found.append((name, value))
    return found


def _entry(name: str, value: object) -> str:
    try:
        signature = str(inspect.signature(value))  # type: ignore[arg-type]
    except (ValueError, TypeError):
        signature = ""
    signature = re.sub(r"<factory>|<function [^>]*>", "...", signature).replace("numpy.", "np.")
    signature = re.sub(r"(?<=: |> )'([^']+)'", r"\1", signature)  # annotations, not defaults
    code = f"{name.rpartition('.')[2]}{signature}"
    kind = "class " if inspect.isclass(value) else ""
    return f"### {name}\n\n```python\n{kind}{_wrapped(code)}\n```\n\n{prose(inspect.getdoc(value))}"


def _wrapped(code: str) -> str:
    """A long signature, one argument a line."""
    if len(code) <= 84:
        return code
    head, _, rest = code.partition("(")
    depth, lines, line = 0, [], ""
    for letter in rest:
        depth += letter in "([{"
        depth -= letter in ")]}"
        if depth < 0:
            break
        line += letter
        if letter == "," and depth == 0:
            lines.append(line.strip())
            line = ""
    lines.append(line.strip())
    end = rest[sum(map(len, lines)) :].rpartition(")")[2]
    tail = rest[rest.rfind(") ->") :] if ") ->" in rest else f"){end}"
    return "\n".join([f"{head}(", *(f"    {part}" for part in lines if part), tail])


def prose(text: str) -> str:
    """A docstring as Markdown: sections in bold, arguments as a list, DOIs as links."""
    lines, out, listed = UNDERLINE.sub(r"@@\1", text).splitlines(), [], False
    for line in lines:
        if line.startswith("@@"):
            out += ["", f"**{line[2:].strip()}**", ""]
            listed = True
        elif listed and re.match(r"^\S.*? : ", line):
            name, _, meaning = line.partition(" : ")
            out.append(f"- {_code(name)}: {_safe(meaning)}")
        elif listed and line and not line[0].isspace():
            listed = False
            out += ["", _safe(line)]
        elif listed:
            out.append("  " + _safe(line.strip()) if line.strip() else "")
        else:
            indented = line.startswith("    ")
            out.append(("  " if indented else "") + _safe(line.strip()))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()


def _code(names: str) -> str:
    return ", ".join(f"`{n.strip()}`" for n in names.split(","))


def _safe(line: str) -> str:
    """Text whose signs Markdown would read as its own; code in backquotes stays code."""
    pieces = re.split(r"(``.+?``(?!`)|`[^`]+`)", line)
    for k, piece in enumerate(pieces):
        if piece.startswith("`") and piece.endswith("`") and len(piece) > 1:
            inner = piece[2:-2] if piece.startswith("``") else piece[1:-1]
            pieces[k] = f"`` {inner} ``" if "`" in inner else f"`{inner}`"
            continue
        piece = re.sub(r"([*_<>$\[\]{}|#])", r"\\\1", piece)
        pieces[k] = DOI.sub(
            lambda m: f"[doi:{m[1]}](https://doi.org/{m[1].replace(chr(92), '')})", piece
        )
    return "".join(pieces)
