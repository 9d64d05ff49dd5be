"""What is written of a study: a page and JSON that name nobody, plots that are the same twice."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from lfr_actors.evaluation.identification.document import said_of_people, schema, study_document
from lfr_actors.evaluation.identification.drawings import study_pictures
from lfr_actors.evaluation.identification.report import report_page
from lfr_actors.evaluation.identification.study import IdentificationStudy
from lfr_actors.evaluation.plotting import drawing, picture_of
from lfr_actors.evaluation.study_page import StudyPage, Table, study_page
from tests.unit.evaluation.identification.folders import NOBODY, people, picture, study_of


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> IdentificationStudy:
    """A study of the made-up folder."""
    folder = people(tmp_path_factory.mktemp("study") / "people")
    picture(folder, "ann/9.png", NOBODY, (0, 0, 0))
    return study_of(folder, repeats=2, thresholds=(0.9,))


def test_the_document_has_the_published_form_and_names_nobody(study: IdentificationStudy) -> None:
    """It is valid by its own schema; names are only in what is not for publication."""
    document = study_document(study)
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema())
    text = json.dumps(document)
    assert not any(f'"{name}' in text for name in ("ann", "bob", "cid", "dot"))
    assert said_of_people(study)["searches_without_face"] == ["ann/9.png"]


def test_the_page_names_nobody_and_asks_for_nothing(study: IdentificationStudy) -> None:
    """No name, no address that a browser would fetch, and the same bytes twice."""
    page, pictures = report_page(study)
    html = study_page(page)
    assert "ann/" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert html == study_page(report_page(study)[0])
    assert {picture.name for picture in pictures} >= {"scores"}


def test_plots_are_the_same_twice(study: IdentificationStudy) -> None:
    """No date, no random ids; and each says in words what it shows."""
    first, second = study_pictures(study), study_pictures(study)
    assert first == second
    assert all(picture.alt and "<title>" in picture.svg for picture in first)


def test_whatever_is_put_into_a_page_is_escaped() -> None:
    """A folder may be called anything."""
    html = study_page(StudyPage(title="<script>", facts=(("folder", "<img src=x>"),)))
    assert "<script>" not in html
    assert "<img" not in html


def test_mistakes_in_tables_and_plots_are_errors() -> None:
    """A row of another length, a plot without words, a name that is no file's."""
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table(caption="c", columns=("a", "b"), rows=(("1",),))
    with drawing() as figure:
        with pytest.raises(ValueError, match="alternative text"):
            picture_of(figure, name="det", alt=" ")
        with pytest.raises(ValueError, match="small letters"):
            picture_of(figure, name="../det", alt="words")


def test_a_users_style_changes_nothing(study: IdentificationStudy, tmp_path: Path) -> None:
    """Plots do not depend on matplotlib's settings, and leave them as they were."""
    import matplotlib as mpl

    before = study_pictures(study)[0]
    with mpl.rc_context({"lines.linewidth": 9.0, "axes.facecolor": "red"}):
        assert study_pictures(study)[0] == before
        assert mpl.rcParams["lines.linewidth"] == 9.0
