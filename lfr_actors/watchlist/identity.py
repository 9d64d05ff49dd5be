"""Subject ids that people can tell apart: no hidden characters, and no two that look the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

LONGEST_ID: Final = 120
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing, or turn the text around them: controls, formats (bidi), separators."""
_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK")
"""Scripts with letters of the same shapes."""


def hidden_character(text: str) -> str | None:
    """The name of the first character that shows nothing or reverses what is shown; None without one."""
    for character in text:
        if unicodedata.category(character) in _HIDDEN:
            return unicodedata.name(character, f"U+{ord(character):04X}")
    return None


def id_problem(subject_id: str) -> str | None:
    """What is wrong with a subject's id, None when nothing is; never repeats a character that cannot be seen."""
    hidden = hidden_character(subject_id)
    if hidden is not None:
        return f"subject_id holds a character that nobody sees ({hidden}); take it out"
    if len(subject_id) > LONGEST_ID or not subject_id.isprintable():
        return f"subject_id must be at most {LONGEST_ID} printable characters"
    scripts = {script for character in subject_id if (script := _script(character)) is not None}
    if len(scripts) > 1:
        names = " and ".join(sorted(script.capitalize() for script in scripts))
        return f"subject_id {subject_id!r} mixes {names} letters, which look alike; write it in one alphabet"
    return None


def _script(character: str) -> str | None:
    name = unicodedata.name(character, "") if character.isalpha() else ""
    return next((script for script in _SCRIPTS if name.startswith(script)), None)


def same_to_the_eye(subject_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs (later, earlier) of different ids with one compatibility form (Unicode NFKC): they look the same."""
    first: dict[str, str] = {}
    for subject_id in dict.fromkeys(subject_ids):
        earlier = first.setdefault(unicodedata.normalize("NFKC", subject_id), subject_id)
        if earlier != subject_id:
            yield subject_id, earlier


def same_but_for_case(subject_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs (later, earlier) of ids that differ only in capital letters: perhaps one person twice."""
    first: dict[str, str] = {}
    for subject_id in dict.fromkeys(subject_ids):
        form = unicodedata.normalize("NFKC", subject_id)
        earlier = first.setdefault(form.casefold(), subject_id)
        if unicodedata.normalize("NFKC", earlier) != form:
            yield subject_id, earlier
