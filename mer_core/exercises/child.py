"""Run a student's function on given arguments; nothing here is trusted with the right answers.

``python -m mer_core.exercises.child SOURCE FUNCTION FOLDER`` reads FOLDER/arguments, calls the
function once for each, and writes FOLDER/answers. Values travel as JSON and plain arrays: no
pickle, so that an answer cannot run code in the process that reads it.
"""

import contextlib
import json
import os
import sys
from pathlib import Path

import numpy as np


class Foreign:
    """An answer of a type that does not travel; only its name does."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def pack(value: object, arrays: list[np.ndarray], depth: int = 0) -> object:
    """A value as JSON; its arrays are appended to `arrays`."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcU" and value.nbytes < 1 << 26:
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, complex):
        arrays.append(np.array(value))
        return {"array": len(arrays) - 1}
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"value": value}
    if depth < 5:
        if isinstance(value, (list, tuple)):
            return {type(value).__name__: [pack(v, arrays, depth + 1) for v in value]}
        if isinstance(value, (set, frozenset)):
            return {"set": [pack(v, arrays, depth + 1) for v in sorted(value, key=repr)]}
        if isinstance(value, dict) and all(isinstance(k, str) for k in value):
            return {"dict": {k: pack(v, arrays, depth + 1) for k, v in value.items()}}
    return {"foreign": type(value).__name__}


def unpack(value: dict, arrays: list[np.ndarray]) -> object:
    """What `pack` packed; the lists of a damaged file raise KeyError or ValueError."""
    ((kind, content),) = value.items()
    if kind == "array":
        return arrays[content]
    if kind in ("list", "tuple", "set"):
        return {"list": list, "tuple": tuple, "set": set}[kind](unpack(v, arrays) for v in content)
    if kind == "dict":
        return {k: unpack(v, arrays) for k, v in content.items()}
    return Foreign(content) if kind == "foreign" else content


def write(path: Path, values: list) -> None:
    arrays: list[np.ndarray] = []
    packed = [pack(v, arrays) for v in values]
    np.savez(path.with_suffix(".npz"), **{f"a{k}": a for k, a in enumerate(arrays)})
    path.with_suffix(".json").write_text(json.dumps(packed), encoding="utf-8")


def read(path: Path) -> list:
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as file:
        arrays = [file[f"a{k}"] for k in range(len(file.files))]
    packed = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return [unpack(v, arrays) for v in packed]


def _failed(error: BaseException, source: str) -> dict:
    """An exception, with the line of the student's file where it was raised."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == source:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == source:
        line = error.lineno
    words = " ".join(str(error).split())[:200]
    return {"error": type(error).__name__, "message": words, "line": line or 0}


def main(source: str, function: str, folder: Path) -> None:
    arguments = read(folder / "arguments")
    answers: list = []
    try:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            code = compile(Path(source).read_text(encoding="utf-8"), source, "exec")
            names: dict = {"__name__": "answer", "__file__": source}
            exec(code, names)
            if not callable(names.get(function)):
                answers = [{"missing": sorted(k for k, v in names.items() if callable(v))}]
                arguments = []
            for args in arguments:
                before = json.dumps(pack(args, [])), [a.copy() for a in _arrays(args)]
                answer = names[function](*args)
                after = json.dumps(pack(args, [])), _arrays(args)
                same = before[0] == after[0] and all(
                    np.array_equal(a, b) for a, b in zip(before[1], after[1], strict=True)
                )
                answers.append({"answer": answer, "changed": not same})
    except BaseException as error:  # a student's sys.exit() or KeyboardInterrupt too
        answers.append(_failed(error, source))
    write(folder / "answers", answers)


def _arrays(value: object) -> list[np.ndarray]:
    arrays: list[np.ndarray] = []
    pack(value, arrays)
    return arrays


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
