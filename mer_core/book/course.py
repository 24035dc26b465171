"""The course kit: one source, three books (the reader's, the student's, the instructor's).

Per chapter one file ``book/course/TOPIC.yml`` with goals, minutes, a quiz, mistakes and prompts;
the exercises come from `mer_core.exercises`. `pages` turns them into one page a chapter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

EDITIONS = ("reader", "student", "instructor")
KEYS = {"goals", "read", "lab", "quiz", "mistakes", "discuss"}
LEVELS = {1: "easy", 2: "medium", 3: "hard"}


def topic(chapter: str) -> str:
    """A chapter's name without its number."""
    return re.sub(r"^\d+[a-z]?_", "", chapter)


def read(folder: Path) -> dict[str, dict]:
    """The course files of ``folder``, by topic; raises ValueError for an unknown or missing key."""
    import yaml

    found = {}
    for file in sorted(Path(folder).glob("*.yml")):
        if file.stem == "syllabus":
            continue
        kit = yaml.safe_load(file.read_text(encoding="utf-8"))
        if set(kit) != KEYS:
            odd = ", ".join(sorted(set(kit) ^ KEYS))
            raise ValueError(f"{file.name}: {odd}; the keys {', '.join(sorted(KEYS))} are needed")
        found[file.stem] = kit
    return found


def pages(folder: Path, titles: Mapping[str, str], edition: str) -> dict[str, str]:
    """Pages of the course, by their path in the book, without a suffix.

    Parameters
    ----------
    folder : ``book/course``
    titles : chapter -> its title, in the order of the book
    edition : "reader" (solutions behind a click), "student" (none), "instructor" (open, with
        timings, common mistakes and prompts)

    A chapter without a file has no page.
    """
    if edition not in EDITIONS:
        raise ValueError(f"edition: got {edition!r}; allowed are {', '.join(EDITIONS)}")
    kits = read(folder)
    there = {c: kits[topic(c)] for c in titles if topic(c) in kits}
    if not there:
        return {}
    found = {"course/syllabus": _syllabus(Path(folder), there, titles, edition)}
    for chapter, kit in there.items():
        found[f"course/{topic(chapter)}"] = _page(chapter, titles[chapter], kit, edition)
    return found


def contents(folder: Path, chapters: Sequence[str]) -> dict | None:
    """The part of the book's contents that lists these pages."""
    there = [c for c in chapters if (Path(folder) / f"{topic(c)}.yml").is_file()]
    if not there:
        return None
    listed = [{"file": "course/syllabus", "title": "Four sessions"}]
    for chapter in there:
        name = topic(chapter).replace("_", " ")
        for short in ("lbp top", "lpq top"):
            name = name.replace(short, short.upper().replace(" ", "-"))
        name = name.replace("table1", "Table 1")
        label = f"{int(chapter[:2])} {name}"
        listed.append({"file": f"course/{topic(chapter)}", "title": label})
    return {"caption": "Course", "chapters": listed}


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line.strip()}" for line in lines)


def _page(chapter: str, title: str, kit: Mapping[str, Any], edition: str) -> str:
    from mer_core.exercises import of_chapter

    parts = [
        f"# Exercises: {title[0].lower()}{title[1:]}",
        f"To the chapter [](../chapters/{chapter}).",
        f"## Goals\n\nAfter this chapter you can\n\n{_bullets(kit['goals'])}",
    ]
    if edition == "instructor":
        parts.append(
            f"**Time.** {kit['read']} minutes to read and discuss, {kit['lab']} minutes for the "
            "exercises."
        )
    exercises = of_chapter(chapter)
    if exercises:
        first = exercises[0]
        parts.append(
            "## Exercises\n\n"
            f"`mer check {first.name} --start` writes a file to begin with, `mer check "
            f"{first.name}` grades it and says what it gets wrong."
        )
        parts += [_exercise(e, edition) for e in exercises]
    parts.append("## Quiz")
    parts += [_question(k, q, edition) for k, q in enumerate(kit["quiz"], start=1)]
    if edition == "instructor":
        parts.append(f"## Common mistakes\n\n{_bullets(kit['mistakes'])}")
        parts.append(f"## To discuss\n\n{_bullets(kit['discuss'])}")
    return "\n\n".join(parts) + "\n"


def _box(title: str, body: str, edition: str, kind: str = "tip") -> str:
    """A box that opens on a click; open in the instructor's book, absent in the student's."""
    if edition == "student":
        return ""
    closed = " dropdown" if edition == "reader" else ""
    return f"::::{{admonition}} {title}\n:class: {kind}{closed}\n\n{body}\n::::"


def _exercise(exercise: Any, edition: str) -> str:
    question = re.sub(r"(?<!`)`([^`\n]+)`(?!`)", r"`\1`", exercise.question)
    lines = [
        f"({exercise.name})=\n### {exercise.number}. {exercise.title}",
        f"*{LEVELS[exercise.level].capitalize()}* · `mer check {exercise.name}`",
        question,
        f"```python\n{exercise.signature}\n```",
        _box("Solution", f"```python\n{exercise.answer}```", edition),
    ]
    if edition == "instructor" and exercise.hints:
        said = [f"**{kind}**: {text}" for kind, text in exercise.hints.items()]
        lines.append(_box("Mistakes that `mer check` recognises", _bullets(said), edition, "note"))
    return "\n\n".join(line for line in lines if line)


def _question(number: int, question: Mapping[str, Any], edition: str) -> str:
    options = question["options"]
    letters = "abcdef"
    listed = "\n".join(f"- **{letters[k]})** {o}" for k, o in enumerate(options))
    right = letters[question["right"] - 1]
    answer = _box("Answer", f"**{right})** {question['why'].strip()}", edition, "note")
    return f"**{number}. {question['ask'].strip()}**\n\n{listed}\n\n{answer}".rstrip()


def _syllabus(
    folder: Path, there: Mapping[str, Mapping], titles: Mapping[str, str], edition: str
) -> str:
    import yaml

    said = yaml.safe_load((folder / "syllabus.yml").read_text(encoding="utf-8"))
    by_topic = {topic(c): c for c in there}
    parts = [f"# {said['title']}", said["opening"].strip()]
    for number, session in enumerate(said["sessions"], start=1):
        chosen = [by_topic[t] for t in session["chapters"] if t in by_topic]
        linked = "\n".join(
            f"- [](../chapters/{c}), exercises in []({topic(c)}.md)"
            + (
                f": {there[c]['read']} + {there[c]['lab']} minutes"
                if edition == "instructor"
                else ""
            )
            for c in chosen
        )
        minutes = sum(there[c]["read"] + there[c]["lab"] for c in chosen)
        lines = [f"## Session {number}: {session['title']}", session["aim"].strip()]
        if edition == "instructor":
            lines.append(
                f"Chapters and all their exercises add up to {minutes} minutes; a session of "
                f"{said['minutes']} takes the ones named below and leaves the rest to do at home."
            )
        lines += [linked, session["plan"].strip()]
        if edition == "instructor":
            lines.append(f"*For the teacher:* {session['teacher'].strip()}")
        parts.append("\n\n".join(lines))
    parts.append(f"## The open project\n\n{said['project'].strip()}")
    if edition == "instructor":
        parts.append(f"### How it may be judged\n\n{_bullets(said['rubric'])}")
    parts.append(f"## The three editions\n\n{said['editions'].strip()}")
    return "\n\n".join(parts) + "\n"
