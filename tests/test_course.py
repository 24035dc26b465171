"""The course kit: every chapter has its part, and the three editions differ where they must."""

import re

import pytest

from mer_core import book
from mer_core.book import course
from mer_core.exercises import EXERCISES, of_chapter

FOLDER = book.ROOT / "book" / "course"
KITS = course.read(FOLDER)
TITLES = {c.stem: f"Chapter {c.stem}?" for c in book.chapters()}


@pytest.mark.parametrize("chapter", list(TITLES))
def test_every_chapter_has_goals_exercises_and_a_quiz(chapter):
    kit = KITS[course.topic(chapter)]
    assert 2 <= len(kit["goals"]) <= 4 and kit["mistakes"] and kit["discuss"]
    assert 10 <= kit["read"] <= 40 and 15 <= kit["lab"] <= 60
    assert 2 <= len(of_chapter(chapter)) <= 4
    levels = [e.level for e in of_chapter(chapter)]
    assert levels == sorted(levels), "of rising difficulty"


@pytest.mark.parametrize("topic", KITS)
def test_a_quiz_has_one_right_answer_and_says_why(topic):
    for question in KITS[topic]["quiz"]:
        assert 2 <= len(question["options"]) <= 4
        assert 1 <= question["right"] <= len(question["options"])
        assert len(question["why"].split()) >= 8
    assert len(KITS[topic]["quiz"]) >= 2


def test_every_exercise_belongs_to_a_kit():
    assert {e.chapter for e in EXERCISES.values()} == set(KITS)


def test_the_editions_differ_where_they_must():
    made = {e: course.pages(FOLDER, TITLES, e) for e in course.EDITIONS}
    assert len({frozenset(pages) for pages in made.values()}) == 1
    for name in made["reader"]:
        reader, student, instructor = (made[e][name] for e in course.EDITIONS)
        if name == "course/syllabus":
            assert "For the teacher" in instructor and "For the teacher" not in student + reader
            assert "judged" in instructor
            continue
        exercises = of_chapter(name.partition("/")[2])
        for exercise in exercises:
            line = exercise.answer.splitlines()[-1]
            assert line in reader and line in instructor and line not in student, exercise.name
            assert exercise.signature in student
        assert ":class: tip dropdown" in reader and "dropdown" not in instructor
        assert "admonition" not in student and "**Time.**" not in student + reader
        for section in ("## Common mistakes", "## To discuss", "**Time.**"):
            assert section in instructor
        assert "Mistakes that `mer check` recognises" in instructor
        assert "Mistakes that" not in student + reader


def test_an_unknown_edition_and_a_wrong_file_are_said(tmp_path):
    with pytest.raises(ValueError, match="edition: got 'teacher'; allowed are reader"):
        course.pages(FOLDER, TITLES, "teacher")
    (tmp_path / "clip.yml").write_text("goals: []\nhomework: 3\n")
    with pytest.raises(ValueError, match=r"clip.yml: .*homework.*the keys discuss"):
        course.read(tmp_path)


def test_the_syllabus_names_exercises_and_chapters_that_exist():
    import yaml

    text = (FOLDER / "syllabus.yml").read_text(encoding="utf-8")
    said = yaml.safe_load(text)
    assert len(said["sessions"]) == 4
    for session in said["sessions"]:
        assert set(session["chapters"]) <= set(KITS)
        for name in re.findall(r"`([a-z][a-z-]+)`", session["plan"]):
            assert name in EXERCISES, name
        minutes = sum(map(int, re.findall(r"\*(\d+) min", session["plan"])))
        assert minutes == said["minutes"]


def test_the_contents_list_every_page_once():
    part = course.contents(FOLDER, list(TITLES))
    files = [entry["file"] for entry in part["chapters"]]
    assert files == list(course.pages(FOLDER, TITLES, "reader"))
    assert course.contents(FOLDER, []) is None
