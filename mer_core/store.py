"""The cache: what went in -> what came out; atomic writes; where caches and data lie."""

import ast
import errno
import functools
import hashlib
import inspect
import io
import json
import os
import shutil
import tempfile
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of a full disk, a full quota, a limit


def cache_dir() -> Path:
    """Folder of every cache: ``$MER_CACHE``, else the platform's user cache folder for ``mer``."""
    if folder := os.environ.get("MER_CACHE"):
        return Path(folder).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("mer", appauthor=False)


def data_dir() -> Path:
    """Folder of the datasets: ``$MER_DATA``, else ``data`` inside the cache folder."""
    if folder := os.environ.get("MER_DATA"):
        return Path(folder).expanduser().absolute()
    return cache_dir() / "data"


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it becomes `path`, otherwise it is removed.

    Raises OSError, naming `path`, where the folder cannot be made or written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}; name a writable folder") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)  # mkstemp makes private files; results are to be shared
        os.replace(temporary, path)
    except OSError as error:
        if error.errno in FULL:
            raise OSError(
                f"cannot write {path}: {os.strerror(error.errno)}; free some space or name "
                "another folder"
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with ``\\n`` line ends, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _feed(sha: "hashlib._Hash", part: object) -> None:
    if isinstance(part, np.ndarray):
        sha.update(f"array {part.dtype.str} {part.shape}".encode())
        sha.update(np.ascontiguousarray(part).data)
    elif isinstance(part, bytes):
        sha.update(b"bytes %d " % len(part))
        sha.update(part)
    else:  # a tuple and a list of the same values are the same input
        sha.update(json.dumps(part, sort_keys=True, allow_nan=True).encode())
    sha.update(b"\0")


def digest(*parts: object) -> str:
    """sha256, in hex, of arrays, bytes and JSON values, in order."""
    sha = hashlib.sha256()
    for part in parts:
        _feed(sha, part)
    return sha.hexdigest()


def _meaning(source: str) -> str:
    """Python `source` without comments, docstrings and blank lines: what decides a result."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            lines[text.lineno - 1 : text.end_lineno] = [""] * (text.end_lineno - text.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


@functools.cache
def code_digest(*parts: ModuleType | Callable | Path) -> str:
    """sha256 of the source of modules, functions and files; a package counts with all its files.

    Comments and docstrings do not count: a result does not depend on them.
    """
    sha = hashlib.sha256()
    for part in parts:
        if not isinstance(part, ModuleType | Path):
            _feed(sha, _meaning(textwrap.dedent(inspect.getsource(part))))
            continue
        file = part if isinstance(part, Path) else Path(part.__file__)
        files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
        for source in files:
            _feed(sha, [source.name])
            _feed(sha, _meaning(source.read_text(encoding="utf-8")))
    return sha.hexdigest()


class Store:
    """Arrays by what made them: one ``.npy`` file a key, written whole or not at all.

    Parameters
    ----------
    folder : where the files lie; made when first written

    An entry is found by the sha256 of its key, so a changed input is another entry and a
    deleted folder costs time only. A file that does not read back is dropped and made again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def path(self, key: dict) -> Path:
        """The file of `key`, a dict of JSON values."""
        name = digest(key)
        return self.folder / name[:2] / f"{name}.npy"

    def get(self, key: dict) -> np.ndarray | None:
        """The stored array, or None where there is none that reads back."""
        path = self.path(key)
        try:
            return np.load(path, allow_pickle=False)
        except FileNotFoundError:
            return None
        except (ValueError, EOFError):
            path.unlink(missing_ok=True)
            return None

    def get_or_make(self, key: dict, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The stored array of `key`, else ``make()``, which is stored first."""
        value = self.get(key)
        if value is None:
            value = np.asarray(make())
            data = io.BytesIO()  # into a file NumPy writes on its own, and a full disk is not told
            np.save(data, value, allow_pickle=False)
            with atomic_write(self.path(key)) as temporary:
                temporary.write_bytes(data.getbuffer())
        return value

    def verify(self) -> tuple[int, int]:
        """Read every entry back; drop the damaged and what killed runs left half-written.

        Returns the numbers of entries that are whole, and of files dropped.
        """
        whole = dropped = 0
        for path in self.folder.glob("*/*"):
            try:
                np.load(path, allow_pickle=False, mmap_mode="r")
                whole += 1
            except (ValueError, EOFError, OSError):
                path.unlink(missing_ok=True)
                dropped += 1
        return whole, dropped


def usage(folder: Path) -> tuple[int, int]:
    """Number of files below `folder` and their size in bytes."""
    sizes = [p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()]
    return len(sizes), sum(sizes)


def clear(folder: Path) -> None:
    """Remove `folder` and all that is in it; an absent folder is fine."""
    shutil.rmtree(folder, ignore_errors=True)
