"""Enrolment: the verdict of each kind of picture, the order of the result, duplicates."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from lfr_actors.messages import Image, SubjectId
from lfr_actors.vision.faces import Faces
from lfr_actors.watchlist.enrol import FOR_A_VERSION, Enrolment, Kept, enrol, find_faces
from lfr_actors.watchlist.rows import Row
from lfr_actors.watchlist.verdicts import EnrolmentLimits, Verdict, judge
from tests.unit.watchlist.pictures import SIDE, FakeDetector, FakeEmbedder, faces, save, texture

MIDDLE = SIDE / 2
RED, GREEN, BLUE = (0, 0, 60), (0, 60, 0), (60, 0, 0)
LIMITS = EnrolmentLimits(duplicate_score=0.95)
BUILT_AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
SALT = bytes(16)


def row(folder: Path, subject: str, image: str, line: int = 2) -> Row:
    """A row of the CSV for a picture in the folder."""
    return Row(line=line, subject_id=SubjectId(subject), image=image, path=folder / image)


def build(folder: Path, pictures: list[tuple[str, Image, Faces]], **options: object) -> Enrolment:
    """Enrol pictures, each (subject, picture, its faces), as the rows 2, 3 …"""
    rows, found = [], {}
    for place, (subject, original, seen) in enumerate(pictures):
        image = original.copy()
        image[0, 0] = (place, 0, 0)
        found[place] = seen
        save(folder / f"{place}.png", image)
        rows.append(row(folder, subject, f"{place}.png", place + 2))
    return enrol(
        rows,
        FakeDetector(found),
        FakeEmbedder(),
        LIMITS,
        built_at=BUILT_AT,
        pack="fake",
        salt=SALT,
        **options,
    )  # type: ignore[arg-type]


def ids(enrolment: Enrolment) -> list[str]:
    """Who is on the list."""
    return [subject.subject_id for subject in enrolment.version.subjects]


@pytest.mark.parametrize(
    ("seen", "verdict", "words"),
    [
        (faces((MIDDLE, MIDDLE, 90)), Verdict.ENROLLED, ""),
        (faces(), Verdict.NO_FACE, "no face"),
        (faces((MIDDLE, MIDDLE, 90), (30, 30, 40)), Verdict.WARNING, "another face"),
        (faces((50, 40, 80), (150, 150, 30), (20, 180, 20)), Verdict.WARNING, "2 other faces"),
        (faces((MIDDLE, MIDDLE, 90), (10, MIDDLE, 85)), Verdict.WARNING, "94% of the size"),
        (faces((55, MIDDLE, 80), (145, MIDDLE, 80)), Verdict.SEVERAL_FACES, "crop"),
        (faces((MIDDLE, MIDDLE, 40), (30, MIDDLE, 40), (170, MIDDLE, 40)), Verdict.SEVERAL_FACES, "3 faces"),
        (faces((MIDDLE, MIDDLE, 45)), Verdict.TOO_SMALL, "eyes are 14.2 px apart"),
    ],
)
def test_verdict_follows_from_the_faces(seen: Faces, verdict: Verdict, words: str) -> None:
    """Number, place and size of the faces decide, and the reason says what is wrong."""
    judgement = judge(texture(1), seen, LIMITS)
    assert judgement.verdict is verdict
    assert words in judgement.reason


def test_a_central_face_is_enrolled_and_not_its_larger_neighbour() -> None:
    """In a picture cropped to one person the neighbour may be larger; the person portrayed is enrolled."""
    judgement = judge(texture(1), faces((15, MIDDLE, 95), (MIDDLE, MIDDLE, 90)), LIMITS)
    assert (judgement.verdict, judgement.main) == (Verdict.WARNING, 1)


def test_a_blurred_face_is_refused() -> None:
    """The same picture is enrolled sharp and refused out of focus."""
    image, seen = texture(1), faces((MIDDLE, MIDDLE, 120))
    blurred = cv2.GaussianBlur(image, (0, 0), 9).astype(np.uint8)
    assert judge(image, seen, LIMITS).verdict is Verdict.ENROLLED
    assert judge(blurred, seen, LIMITS).verdict is Verdict.TOO_BLURRED


def test_a_dark_face_is_enrolled_with_a_warning() -> None:
    """Light and pose warn, with their number; they do not refuse."""
    dark = (texture(1) // 4).astype(np.uint8)
    judgement = judge(dark, faces((MIDDLE, MIDDLE, 90)), LIMITS)
    assert judgement.verdict is Verdict.WARNING
    assert "too dark" in judgement.reason


def test_unreadable_files_are_verdicts_and_cost_nothing_else(tmp_path: Path) -> None:
    """A missing, empty, wrong or truncated file refuses its row alone."""
    save(tmp_path / "good.png", texture(0))
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:300])
    names = ["missing.png", "empty.png", "text.jpg", "cut.png", "good.png"]
    rows = [row(tmp_path, f"s{i}", name, i + 2) for i, name in enumerate(names)]
    enrolment = enrol(rows, FakeDetector({0: faces((MIDDLE, MIDDLE, 90))}), FakeEmbedder(), built_at=BUILT_AT)
    assert [v.verdict for v in enrolment.verdicts] == [Verdict.UNREADABLE] * 4 + [Verdict.ENROLLED]
    assert "no such file" in enrolment.verdicts[0].reason
    assert ids(enrolment) == ["s4"]


def test_a_face_that_fills_its_picture_is_found_with_a_border(tmp_path: Path) -> None:
    """Before no-face is said, the picture is looked at once more with a border; places are shifted back."""
    save(tmp_path / "tight.png", texture(0))
    detector = FakeDetector({0: Faces.none()}, bordered=faces((SIDE, SIDE, 190)))
    enrolment = enrol(
        [row(tmp_path, "a", "tight.png")],
        detector,
        FakeEmbedder(),
        kept=Kept(thumbnails=True),
        built_at=BUILT_AT,
    )
    assert enrolment.verdicts[0].verdict is Verdict.ENROLLED
    np.testing.assert_allclose(enrolment.verdicts[0].marks[0], [0.025, 0.025, 0.975, 0.975], atol=0.01)


def test_order_and_totals_do_not_depend_on_threads(tmp_path: Path) -> None:
    """Verdicts come in the order of the rows and the version is the same with one worker and with four."""
    middle = faces((MIDDLE, MIDDLE, 90))
    pictures = [(f"s{i}", texture(i, colour=(10 * i - 60, 5 * i, 40)), middle) for i in range(12)]
    pictures[3] = ("s3", texture(3), Faces.none())
    one, four = build(tmp_path, pictures, workers=1), build(tmp_path, pictures, workers=4)
    assert [v.row.line for v in four.verdicts] == list(range(2, 14))
    assert one.version.version == four.version.version
    assert one.totals() == four.totals()
    assert sum(one.totals().values()) == 12


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    """Progress is called once per picture, up to all of them."""
    seen: list[tuple[int, int]] = []
    picture = ("a", texture(0, colour=RED), faces((MIDDLE, MIDDLE, 90)))
    build(tmp_path, [picture] * 3, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_duplicate_of_another_subject_names_both(tmp_path: Path) -> None:
    """The later picture is refused, the earlier warned, and each names the other; its subject is missing."""
    middle = faces((MIDDLE, MIDDLE, 90))
    first, other, copy = (texture(i, colour=colour) for i, colour in enumerate((RED, GREEN, RED)))
    enrolment = build(tmp_path, [("ada", first, middle), ("bob", other, middle), ("cy", copy, middle)])
    ada, bob, cy = enrolment.verdicts
    assert [v.verdict for v in (ada, bob, cy)] == [Verdict.WARNING, Verdict.ENROLLED, Verdict.DUPLICATE]
    assert (ada.other_subject, cy.other_subject) == ("cy", "ada")
    assert "ada" in cy.reason
    assert "cy" in ada.reason
    assert enrolment.missing_subjects() == ("cy",)
    assert ids(enrolment) == ["ada", "bob"]


def test_two_alike_pictures_of_one_subject_are_both_kept(tmp_path: Path) -> None:
    """Several pictures of a subject are several templates, however alike."""
    middle = faces((MIDDLE, MIDDLE, 90))
    enrolment = build(tmp_path, [("ada", texture(0, colour=BLUE), middle)] * 2)
    assert (len(enrolment.version.templates), ids(enrolment)) == (2, ["ada"])


def test_a_subject_with_one_good_picture_is_on_the_list(tmp_path: Path) -> None:
    """A refused picture does not take its subject off the list."""
    pictures = [
        ("ada", texture(0), Faces.none()),
        ("ada", texture(1, colour=RED), faces((MIDDLE, MIDDLE, 90))),
    ]
    enrolment = build(tmp_path, pictures)
    assert enrolment.missing_subjects() == ()
    assert len(enrolment.version.templates) == 1


def test_nobody_enrolled_is_an_empty_version_of_the_right_length(tmp_path: Path) -> None:
    """Without a single template the version is empty and still knows its dimension."""
    enrolment = build(tmp_path, [("ada", texture(0), Faces.none())])
    assert enrolment.version.templates.shape == (0, 3)


def test_a_fault_of_a_model_is_not_a_verdict(tmp_path: Path) -> None:
    """What a model raises ends the build; it is not taken for a bad picture."""

    class Broken(FakeDetector):
        def detect(self, image: Image) -> Faces:
            raise RuntimeError("out of memory")

    save(tmp_path / "a.png", texture(0))
    with pytest.raises(RuntimeError, match="out of memory"):
        enrol([row(tmp_path, "a", "a.png")], Broken({}), FakeEmbedder(), built_at=BUILT_AT)


def test_an_animation_has_a_verdict_of_its_own(tmp_path: Path) -> None:
    """Several pictures in one file refuse their row alone."""
    frames = [Pillow.fromarray(texture(at)) for at in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    (verdict,) = enrol(
        [row(tmp_path, "a", "a.gif")], FakeDetector({}), FakeEmbedder(), built_at=BUILT_AT
    ).verdicts
    assert (verdict.verdict, verdict.sha256) == (Verdict.ANIMATED, "")


def test_the_version_says_of_each_picture_and_subject_what_the_rows_say(tmp_path: Path) -> None:
    """Facts, the file's hash and a small portrait are kept; what was noted at several pictures is put together."""
    save(tmp_path / "0.png", texture(0, side=600))
    save(tmp_path / "1.png", texture(1, side=600))
    first, second = (
        Row(
            line=at + 2,
            subject_id=SubjectId("ada"),
            image=f"{at}.png",
            path=tmp_path / f"{at}.png",
            category="warrant",
            image_source="custody",
            notes=("tall", "limps")[at],
        )
        for at in range(2)
    )
    found = {at: faces((300, 300, 270)) for at in range(2)}
    enrolment = enrol(
        [first, second], FakeDetector(found), FakeEmbedder(), kept=FOR_A_VERSION, built_at=BUILT_AT
    )
    (subject,) = enrolment.version.subjects
    assert (subject.category, subject.notes) == ("warrant", "tall; limps")
    assert {picture.sha256 for picture in enrolment.version.pictures} == {
        v.sha256 for v in enrolment.verdicts
    }
    for picture in enrolment.version.pictures:
        assert picture.image_source == "custody"
        with Pillow.open(io.BytesIO(picture.portrait_jpeg)) as portrait:
            assert (portrait.format, portrait.size) == ("JPEG", (240, 300))


def test_without_portraits_none_is_kept(tmp_path: Path) -> None:
    """Measurements enrol without keeping a picture of anybody."""
    enrolment = build(tmp_path, [("ada", texture(0), faces((MIDDLE, MIDDLE, 90)))])
    assert [picture.portrait_jpeg for picture in enrolment.version.pictures] == [b""]


def test_only_the_version_keeps_templates(tmp_path: Path) -> None:
    """What the models gave is overwritten once the version has its copy."""
    given = []

    class Remembering(FakeEmbedder):
        def embed(self, chips: np.ndarray) -> np.ndarray:
            given.append(super().embed(chips))
            return given[-1]

    save(tmp_path / "a.png", texture(0, colour=RED))
    enrolment = enrol(
        [row(tmp_path, "a", "a.png")],
        FakeDetector({0: faces((MIDDLE, MIDDLE, 90))}),
        Remembering(),
        built_at=BUILT_AT,
    )
    assert enrolment.version.templates.any()
    assert not given[0].any()


def test_a_large_picture_is_made_smaller_before_it_gets_a_border(tmp_path: Path) -> None:
    """The second look takes little memory whatever the picture's size, and places are those of the picture."""
    shapes = []

    class Shapes(FakeDetector):
        def detect(self, image: Image) -> Faces:
            shapes.append(image.shape)
            return super().detect(image)

    faces_found = find_faces(
        Shapes({0: Faces.none()}, bordered=faces((1600, 1600, 400))), np.zeros((3200, 3200, 3), np.uint8)
    )
    assert shapes == [(3200, 3200, 3), (3200, 3200, 3)]
    np.testing.assert_allclose(faces_found.boxes[0], [1200, 1200, 2000, 2000])
