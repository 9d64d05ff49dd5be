"""`${NAME}` in values."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.spec.environment import fill

ENVIRONMENT = {"A": "one", "B_2": "two", "EMPTY": "", "NESTED": "${A}"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("${A}", "one"),
        ("x${A}y${B_2}z", "xoneytwoz"),
        ("${EMPTY}", ""),
        ("$${A}", "${A}"),
        ("$A $ {A} }{", "$A $ {A} }{"),
        ("${NESTED}", "${A}"),
    ],
)
def test_variables_are_replaced(template: str, text: str) -> None:
    """Each variable gives its value once; `$${` escapes; a value is not read for variables again."""
    filled = fill(template, ENVIRONMENT)
    assert filled.text == text
    assert not filled.problems


@pytest.mark.parametrize("template", ["${A", "${}", "${1}", "${A-x}", "a ${ b"])
def test_half_a_variable_is_a_mistake(template: str) -> None:
    """What starts like a variable and is none is named, with the way to write the characters."""
    (problem,) = fill(template, ENVIRONMENT).problems
    assert "$${" in problem


def test_each_missing_variable_is_named_once() -> None:
    """Every variable that is not set is named, once."""
    problems = fill("${X}${Y}${X}", ENVIRONMENT).problems
    assert [("X" in problem, "Y," in problem) for problem in problems] == [(True, False), (False, True)]


@given(password=st.text(min_size=1).filter(lambda text: "%" not in text))
def test_a_password_may_hold_any_character(password: str) -> None:
    """Before the @ of an RTSP address a value is encoded, and nothing of it reaches host or path."""
    filled = fill("rtsp://user:${P}@host/s", {"P": password.encode("utf-8", "replace").decode()})
    user_part, host = filled.text.removeprefix("rtsp://").split("@")[:2] if "@" in filled.text else ("", "")
    assert host == "host/s"
    assert unquote(user_part) == "user:" + password.encode("utf-8", "replace").decode()


def test_an_encoded_password_is_taken_as_it_is() -> None:
    """A value that is percent-encoded already is not encoded twice; after the @ nothing is encoded."""
    assert fill("rtsp://u:${P}@h/${S}", {"P": "a%40b", "S": "x/y"}).text == "rtsp://u:a%40b@h/x/y"


def test_values_are_not_shown() -> None:
    """Neither the text nor the problems of a filled value show what a variable holds."""
    assert "hidden" not in repr(fill("${P}${X}", {"P": "hidden"}))
