"""Chapters -> executed notebooks -> static book.

`build` leaves, under its folder ``out``::

    chapters/NAME.ipynb   the chapters, executed by papermill
    notebooks/NAME.ipynb  the same, not executed: for Jupyter, or for plain papermill
    notebooks/NAME.md, .py  the same as text and as a script
    html/index.html       the book; open it from the disk, no server is needed
    html-student/, html-instructor/   the other editions, when they are asked for
    landing/, stamp.json  what the first page and the origins under the figures take from the run
    log/                  the traceback of a chapter that failed, Jupyter Book's own words

Each step runs again only if something it reads changed; editing one chapter executes that
chapter alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mer_core.book import stage
from mer_core.book.course import EDITIONS
from mer_core.book.site import BookError, build_site, plain
from mer_core.store import atomic_write, write_text

ROOT = Path(__file__).parents[2]  # the project: notebooks/, book/, _config.yml
SOURCES = sorted(Path(__file__).parent.glob("*.py"))
TIMEOUT = 1800  # seconds a cell may take
NOT_READ_BY_CHAPTERS = {"book", "exercises", "cli"}


def chapters() -> list[Path]:
    """The chapters' MyST files, in order."""
    return sorted((ROOT / "notebooks").glob("[0-9]*.md"))


def chapter_parameters() -> dict[str, tuple[str, ...]]:
    """The parameters that each chapter takes, by the chapter's name."""
    return {chapter.stem: tuple(_parameters(_read(chapter))) for chapter in chapters()}


def _read(chapter: Path) -> Any:
    import jupytext

    return jupytext.read(chapter)


def _parameters(notebook: Any) -> list[str]:
    """Names assigned in the cell tagged ``parameters``."""
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    return re.findall(r"^(\w+)\s*(?::[^=]+)?=", cells[0].source, re.MULTILINE) if cells else []


def execute(chapter: Path, parameters: dict[str, object]) -> Any:
    """Execute one chapter in a fresh kernel and return the notebook.

    Parameters
    ----------
    chapter : a MyST file of `chapters`
    parameters : values for the names in its ``parameters`` cell

    Raises ValueError for a parameter the chapter does not have, naming those it has;
    papermill's PapermillExecutionError if a cell fails.
    """
    notebook = _read(chapter)
    known = _parameters(notebook)
    for name in parameters:
        if name not in known:
            raise ValueError(
                f"parameter: chapter {chapter.stem} has no {name!r}; it has {', '.join(known)}"
            )
    import papermill
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="mer-") as folder:
        # sockets in a folder of their own, not on ports: nobody else can listen or collide
        sockets = {"transport": "ipc", "ip": f"{folder}/kernel"} if os.name == "posix" else {}
        return papermill.execute_notebook(
            notebook,
            None,  # written by the caller, whole or not at all
            parameters=parameters,
            kernel_name="python3",
            start_timeout=300,  # a kernel starts slowly on a busy machine
            execution_timeout=TIMEOUT,
            progress_bar=False,
            shutdown_kernel="immediate",  # a chapter leaves nothing to say goodbye to
            config=Config({"KernelManager": sockets}),
        )


def find_chapter(name: str) -> Path:
    """A chapter's file by its name or number; raises ValueError with the known names."""
    known = {chapter.stem: chapter for chapter in chapters()}
    for stem, file in known.items():
        if name == stem or stem.partition("_")[0] == name.zfill(2):
            return file
    raise ValueError(f"chapter: got {name!r}; known are {', '.join(known)}")


def execute_chapter(name: str, parameters: dict[str, object], out: Path | None = None) -> Path:
    """Execute one chapter into a notebook; what it wrote before is kept until it succeeds.

    Parameters
    ----------
    name : of a chapter, or its number
    parameters : as `execute`
    out : the notebook; None is NAME.ipynb here

    Raises ValueError for an unknown chapter, BookError with one line for a cell that fails.
    """
    import nbformat
    from papermill.exceptions import PapermillExecutionError

    chapter = find_chapter(name)
    target = Path(out or f"{chapter.stem}.ipynb")
    try:
        notebook = execute(chapter, parameters)
    except PapermillExecutionError as error:
        said = plain(error.evalue or "no message").splitlines()[0]
        raise BookError(f"chapter {chapter.stem}: {error.ename}: {said}") from None
    with atomic_write(target) as temporary:
        nbformat.write(notebook, temporary)
    return target


def build(
    preset: str,
    out: Path = Path("build"),
    workers: int | None = None,
    edition: str = "reader",
) -> Path:
    """Run the preset, execute every chapter on it and build the book.

    Parameters
    ----------
    preset : the name of a preset, or the path of a preset file
    out : folder of everything built
    workers : chapters executed at the same time; None means 2, or 1 on a single core
    edition : "reader", "student" or "instructor", see `mer_core.book.course`

    Returns
    -------
    Path of the book's first page, ``out/html/index.html`` (``html-student``, ``html-instructor``)

    Raises ValueError for an unknown edition; BookError with one line that names the chapter and
    the exception, or the first complaint of Jupyter Book; the whole of it lies in ``out/log``.
    """
    from doit.cmd_base import ModuleTaskLoader
    from doit.doit_cmd import DoitMain

    if edition not in EDITIONS:
        raise ValueError(f"edition: got {edition!r}; allowed are {', '.join(EDITIONS)}")
    out = Path(out).absolute()
    for folder in ("chapters", "notebooks", "log"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    preset = str(Path(preset).absolute()) if Path(preset).suffix in (".yml", ".yaml") else preset
    workers = min(2, os.cpu_count() or 1) if workers is None else workers
    failures: list[str] = []
    tasks = _tasks(preset, out, failures, edition) | {
        "DOIT_CONFIG": {
            "dep_file": str(out / ".doit.db"),
            "backend": "sqlite3",
            "reporter": _Reporter,
            "default_tasks": [_task_name(edition)],
            "verbosity": 2,
            "continue": True,
        }
    }
    parallel = ["-n", str(workers), "-P", "thread"] if workers > 1 else []
    config = {"GLOBAL": {"action_string_formatting": "old"}}
    code = DoitMain(ModuleTaskLoader(tasks), extra_config=config).run(["run", *parallel])
    if code or failures:
        raise BookError("; ".join(failures) or f"the steps of the book ended with code {code}")
    return html_folder(out, edition) / "index.html"


def html_folder(out: Path, edition: str) -> Path:
    """Where an edition's pages lie."""
    return Path(out) / ("html" if edition == "reader" else f"html-{edition}")


def _task_name(edition: str) -> str:
    return "book" if edition == "reader" else f"book_{edition}"


def _tasks(preset: str, out: Path, failures: list[str], edition: str) -> dict[str, Callable]:
    """The steps of the book, as doit wants them."""
    from doit.tools import config_changed, result_dep

    package = [
        str(file)
        for file in sorted((ROOT / "mer_core").rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    ]
    read_by_chapters = [
        f for f in package if not NOT_READ_BY_CHAPTERS & set(Path(f).relative_to(ROOT).parts)
    ]
    preset_file = [preset] if Path(preset).is_file() else []
    names = [chapter.stem for chapter in chapters()]

    def guarded(action: Callable[[], Any]) -> Callable[[], Any]:
        """A failed step becomes one line in `failures`, and doit stops what depends on it."""
        from doit.exceptions import TaskFailed

        def call() -> Any:
            try:
                return action()
            except BookError as error:
                failures.append(str(error))
                return TaskFailed(str(error), report=False)

        return call

    def task_results() -> dict:
        return {
            "actions": [lambda: _run(preset)],
            "file_dep": read_by_chapters + preset_file,
            "uptodate": [config_changed({"preset": preset}), _unchanged_results],
            "io": {"capture": False},  # bars need the terminal; libraries keep hold of stderr
            "title": lambda task: f"run {preset}",
        }

    def task_chapter() -> Iterator[dict]:
        for chapter in chapters():
            target = out / "chapters" / f"{chapter.stem}.ipynb"
            yield {
                "name": chapter.stem,
                "actions": [
                    guarded(lambda c=chapter, t=target: _execute_to(c, t, preset, out / "log"))
                ],
                "file_dep": [str(chapter), *read_by_chapters, *preset_file],
                "targets": [str(target)],
                "uptodate": [config_changed({"preset": preset}), result_dep("results")],
                "title": lambda task, c=chapter: f"chapter {c.stem}",
            }

    def task_landing() -> dict:
        return {
            "actions": [(_landing, [preset, out])],
            "getargs": {"folder": ("results", "folder")},
            "file_dep": read_by_chapters + preset_file,
            "uptodate": [config_changed({"preset": preset}), result_dep("results")],
            "title": lambda task: "first page",
        }

    def task_book() -> dict:
        prose = [str(f) for f in sorted((ROOT / "book").rglob("*")) if f.is_file()]
        executed = [str(out / "chapters" / f"{name}.ipynb") for name in names]
        return {
            "actions": [guarded(lambda: build_site(ROOT, names, out, preset, edition))],
            "task_dep": [*(f"chapter:{name}" for name in names), "landing"],
            # its reference pages are written from the package's docstrings
            "file_dep": [
                *prose,
                *executed,
                str(ROOT / "_config.yml"),
                *map(str, SOURCES),
                *package,
            ],
            "targets": [str(html_folder(out, edition) / "index.html")],
            "uptodate": [config_changed({"chapters": names, "preset": preset})],
            "title": lambda task: "book" if edition == "reader" else f"book, for the {edition}",
        }

    return {
        "task_results": task_results,
        "task_chapter": task_chapter,
        "task_landing": task_landing,
        f"task_{_task_name(edition)}": task_book,
    }


def _landing(preset: str, out: Path, folder: str) -> None:
    from mer_core import results

    if (Path(folder) / "provenance.json").is_file():
        stage.landing(preset, results.read(Path(folder)), out)


def _digest(folder: Path) -> str:
    sha = hashlib.sha256()
    for file in sorted(folder.glob("*.csv")):
        sha.update(file.name.encode() + file.read_bytes())
    return sha.hexdigest()


def _run(preset: str) -> dict[str, str]:
    from mer_core import pipeline  # heavy; a book with nothing to do does without it

    folder = Path(pipeline.results(preset).folder).absolute()
    return {"folder": str(folder), "digest": _digest(folder)}


def _unchanged_results(task: Any, values: dict[str, str]) -> bool:
    """True if the tables the last run left are still there, byte for byte."""
    return "folder" in values and _digest(Path(values["folder"])) == values["digest"]


def _execute_to(chapter: Path, target: Path, preset: str, log: Path) -> None:
    """Execute a chapter into `target`; the notebook that was not executed goes beside it."""
    import nbformat
    from papermill.exceptions import PapermillExecutionError

    unexecuted = target.parents[1] / "notebooks" / target.name
    stage.downloads(chapter, unexecuted)
    report = log / f"{chapter.stem}.txt"
    try:
        notebook = execute(chapter, {"preset": preset})
    except PapermillExecutionError as error:
        target.unlink(missing_ok=True)
        write_text(report, plain("\n".join(error.traceback)) + "\n")
        said = plain(error.evalue or "no message").splitlines()[0]
        line = f"chapter {chapter.stem}: {error.ename}: {said} (see {report})"
        raise BookError(line) from None
    except (OSError, RuntimeError, TimeoutError) as error:  # the kernel itself
        target.unlink(missing_ok=True)
        raise BookError(f"chapter {chapter.stem}: {type(error).__name__}: {error}") from error
    report.unlink(missing_ok=True)
    with atomic_write(target) as temporary:
        nbformat.write(notebook, temporary)


class _Reporter:
    """One line a step: what starts, what was unchanged, what it took."""

    desc = "one line a step"

    def __init__(self, outstream: Any, options: dict) -> None:
        self.started: dict[str, float] = {}
        self.unchanged = 0
        self.lock = threading.Lock()

    def _say(self, text: str) -> None:
        with self.lock:
            print(text, flush=True)

    def execute_task(self, task: Any) -> None:
        if task.actions:
            self.started[task.name] = time.perf_counter()
            self._say(f"{task.title()} ...")

    def add_success(self, task: Any) -> None:
        if task.name in self.started:
            seconds = time.perf_counter() - self.started[task.name]
            self._say(f"{task.title()}: done in {seconds:.1f} s")

    def add_failure(self, task: Any, fail: Any) -> None:
        self._say(f"{task.title()}: failed")
        if fail.report:
            self._say(fail.get_msg())

    def skip_uptodate(self, task: Any) -> None:
        self.unchanged += bool(task.actions)

    def complete_run(self) -> None:
        if self.unchanged:
            self._say(f"{self.unchanged} steps unchanged")

    def runtime_error(self, msg: str) -> None:
        self._say(msg)

    def cleanup_error(self, exception: Any) -> None:
        self._say(exception.get_msg())

    def initialize(self, tasks: Any, selected_tasks: Any) -> None: ...
    def get_status(self, task: Any) -> None: ...
    def skip_ignore(self, task: Any) -> None: ...
    def teardown_task(self, task: Any) -> None: ...
