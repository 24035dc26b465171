"""Exercises of the course: what is asked, the solution, and the mistakes that have a message.

One file for each chapter, named as the chapter without its number. A solution is a plain
function: its docstring is the question, its body is what the book shows as the solution. An
answer is graded by `mer_core.exercises.grade`, which runs it in a process of its own.
"""

from mer_core.exercises import (
    claims,
    clip,
    controls,
    degradation,
    evaluation,
    expressions_nobody_made,
    faces,
    framework,
    grim_and_power,
    lbp_top,
    leakage,
    lpq_top,
    multiverse,
    networks,
    recognition,
    results_and_limits,
    small_movements,
    super_resolution,
    table1,
    thousand_tables,
    training,
    unexplained,
)
from mer_core.exercises.base import Exercise

_CHAPTERS = (
    framework, clip, degradation, super_resolution, networks, table1, unexplained, training,
    lbp_top, lpq_top, controls, evaluation, recognition, faces, grim_and_power, leakage, multiverse,
    small_movements, thousand_tables, expressions_nobody_made, results_and_limits, claims,
)  # fmt: skip

EXERCISES = {exercise.name: exercise for chapter in _CHAPTERS for exercise in chapter.EXERCISES}


def find(name: str) -> Exercise:
    """The exercise called `name`, or "exercise-N" or "N" by its number.

    Raises ValueError that names the nearest ones.
    """
    import difflib

    number = name.removeprefix("exercise-")
    for exercise in EXERCISES.values():
        if name == exercise.name or number == str(exercise.number):
            return exercise
    near = difflib.get_close_matches(name, EXERCISES, n=3, cutoff=0.4)
    said = ", ".join(near or ["`mer check` lists them"])
    last = max(e.number for e in EXERCISES.values())
    raise ValueError(f"exercise: got {name!r}; known are exercise-1 to exercise-{last}, or {said}")


def of_chapter(chapter: str) -> list[Exercise]:
    """The exercises of a chapter, named with or without its number, easiest first."""
    import re

    topic = re.sub(r"^\d+[a-z]?_", "", chapter)
    return [e for e in EXERCISES.values() if e.chapter == topic]
