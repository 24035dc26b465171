"""`mer check`: a student's function, graded with a message that helps."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def check(
    exercise: Annotated[
        str | None, typer.Argument(help="exercise-N, or an exercise's name (default: list them).")
    ] = None,
    file: Annotated[
        Path | None, typer.Argument(help="A .py file or a notebook (default: NAME.py here).")
    ] = None,
    start: Annotated[
        bool, typer.Option("--start", help="Write a file to begin with; never over another.")
    ] = False,
) -> None:
    """Grade your answer to an exercise; what it gets wrong is said in a sentence."""
    from mer_core import exercises
    from mer_core.exercises import grade

    if exercise is None:
        for entry in exercises.EXERCISES.values():
            print(f"exercise-{entry.number:<3} {entry.name:<22} {entry.chapter}: {entry.title}")
        return
    chosen = exercises.find(exercise)
    file = file or Path(f"{chosen.solution.__name__}.py")
    if start:
        if file.exists():
            raise ValueError(f"file: {file} is there already; it is left as it is")
        file.write_text(chosen.start, encoding="utf-8")
        print(f"{file}: write the function, then: mer check {chosen.name} {file}")
        return
    if not file.is_file():
        raise ValueError(f"file: {file} is not here; `mer check {chosen.name} --start` writes one")
    verdict = grade.check(chosen, file)
    print(f"exercise-{chosen.number}, {chosen.name}: {verdict.message}")
    if not verdict.right:
        raise typer.Exit(1)
