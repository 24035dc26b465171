"""A student's file -> a verdict: right, or the mistake it looks like, in one sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mer_core.exercises import child
from mer_core.exercises.base import Exercise
from mer_core.exercises.explain import explain, same, structure

SECONDS = 20.0  # an answer may take, the start of Python included
MEMORY = 4 << 30  # bytes an answer may ask for, where the system can limit it


@dataclass(frozen=True)
class Verdict:
    """What came of an answer: `kind` is "right", or a mistake of `KINDS`, or an error."""

    exercise: Exercise
    kind: str
    message: str

    @property
    def right(self) -> bool:
        return self.kind == "right"


def check(exercise: Exercise, file: Path, *, seconds: float = SECONDS) -> Verdict:
    """Grade the function that `file` defines.

    Parameters
    ----------
    exercise : one of `mer_core.exercises.EXERCISES`
    file : a Python file, or a notebook, of which imports, functions and assignments are run
    seconds : after which the answer is stopped

    Nothing of the file runs in this process. Raises ValueError for a file that is neither,
    FileNotFoundError for one that is not there.
    """
    source = _source(Path(file))
    probes = exercise.probes()
    name = exercise.solution.__name__
    with tempfile.TemporaryDirectory(prefix="mer-check-") as folder:
        script = Path(folder) / f"{re.sub(r'[^a-zA-Z0-9]', '_', Path(file).stem)}.py"
        script.write_text(source, encoding="utf-8")
        child.write(Path(folder) / "arguments", [list(p) for p in probes])
        problem = _run(script, name, Path(folder), seconds)
        if problem:
            return Verdict(exercise, *problem)
        try:
            answers = child.read(Path(folder) / "answers")
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return Verdict(exercise, "crash", "your answer ended Python; nothing came back.")
    return _judge(exercise, probes, answers, Path(file).name)


def _source(file: Path) -> str:
    if file.suffix == ".py":
        return file.read_text(encoding="utf-8", errors="replace")
    if file.suffix != ".ipynb":
        raise ValueError(f"file: got {file.name}; a .py file or a .ipynb notebook is needed")
    import ast
    import json

    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"file: {file.name} is not a notebook ({error})") from error
    kept, wanted = [], (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)
    for text in texts:
        text = re.sub(r"^\s*[%!].*$", "", text, flags=re.MULTILINE)
        try:
            nodes = ast.parse(text).body
        except SyntaxError:
            kept.append(text)  # let it be said where it is wrong
            continue
        kept += [ast.unparse(node) for node in nodes if isinstance(node, wanted)]
    return "\n".join(kept) + "\n"


def _limits() -> None:
    """In the child, before Python starts: no more memory than this."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _run(script: Path, name: str, folder: Path, seconds: float) -> tuple[str, str] | None:
    command = [sys.executable, "-P", "-m", "mer_core.exercises.child"]
    posix = os.name == "posix"
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    kept = {k: os.environ[k] for k in ("PATH", "SYSTEMROOT", "LANG", "TMPDIR") if k in os.environ}
    process = subprocess.Popen(
        [*command, str(script), name, str(folder)],
        cwd=folder,
        env={**kept, **threads, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=posix,
        preexec_fn=_limits if posix else None,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return "too-long", f"no answer after {seconds:g} s; is there a loop that never ends?"
    finally:
        if posix:  # and whatever it started
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.kill()
        process.wait()
    return None


def _error(exercise: Exercise, found: dict, file: str) -> tuple[str, str]:
    name = exercise.solution.__name__
    where = f"{file}, line {found['line']}" if found["line"] else file
    if found["error"] == "NotImplementedError":
        return "not-begun", f"{where}: the function is still empty."
    if found["error"] == "SyntaxError" or found["error"] == "IndentationError":
        return "syntax", f"{where}: this is not Python yet ({found['message']})."
    if found["error"] == "TypeError" and f"{name}()" in found["message"]:
        return "arguments", f"{file}: {exercise.signature.rstrip(':')} is needed."
    return "error", f"{where}: {found['error']}: {found['message']}"


def _judge(exercise: Exercise, probes: list[tuple], answers: list, file: str) -> Verdict:
    failed = []
    for args, found in zip(probes, answers, strict=False):
        if "missing" in found:
            others = ", ".join(found["missing"]) or "none"
            words = f"{file} has no function {exercise.solution.__name__}; it has {others}."
            return Verdict(exercise, "missing", words)
        if "error" in found:
            return Verdict(exercise, *_error(exercise, found, file))
        if found["changed"]:
            return Verdict(exercise, "changed-input", exercise.message("changed-input"))
        answer, expected = found["answer"], exercise.solution(*args)
        if exercise.accept and not structure(answer, expected):
            right = exercise.accept(args, answer)
        else:
            right = not structure(answer, expected) and same(answer, expected, exercise.tolerance)
        if not right:
            failed.append((args, answer, expected))
    if len(answers) < len(probes):
        return Verdict(exercise, "crash", "your answer ended Python; not every call came back.")
    if not failed:
        return Verdict(exercise, "right", "right.")
    kind, sentence = _kind(exercise, failed, [a["answer"] for a in answers])
    return Verdict(exercise, kind, sentence or exercise.message(kind))


def _kind(exercise: Exercise, failed: list[tuple], answers: list) -> tuple[str, str]:
    """The mistake that explains all of `failed`: the exercise's own first, then the common ones."""
    tolerance = exercise.tolerance
    for kind, function in exercise.wrong.items():
        if all(_matches(function, args, answer, tolerance) for args, answer, _ in failed):
            return kind, ""
    if exercise.spot:
        kinds = {exercise.spot(*f) for f in failed}
        if len(kinds) == 1 and None not in kinds:
            return kinds.pop(), ""
    for _, answer, expected in failed:
        if problem := structure(answer, expected):
            return problem
    kind = explain([a for _, a, _ in failed], [e for *_, e in failed], tolerance)
    if kind == "wrong" and len(answers) > 1 and all(same(a, answers[0], 0) for a in answers[1:]):
        kind = "constant"
    if kind == "wrong":
        _, answer, expected = failed[0]
        if _short(answer) and _short(expected):
            shown = (
                f" On the first call that fails it gives {_show(answer)}, not {_show(expected)}."
            )
            return kind, exercise.message(kind) + shown
    return kind, ""


def _matches(function: object, args: tuple, answer: object, tolerance: float) -> bool:
    try:
        return same(answer, function(*args), tolerance)
    except (ValueError, TypeError, IndexError, KeyError, ZeroDivisionError):
        return False


def _show(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _short(value: object) -> bool:
    return isinstance(value, (int, float, str, bool, list, tuple)) and len(_show(value)) < 60
