"""Every mistake of a deployment file: its line, its place, what is wrong and what would be right."""

from __future__ import annotations

import pytest

from .conftest import RIGHT, Mistakes


def spoil(old: str, new: str) -> str:
    """The right file with one thing changed."""
    if old not in RIGHT:
        raise ValueError(f"{old!r} is not in the file")
    return RIGHT.replace(old, new)


CAMERA = "    source: file:bridge-street.mp4\n"

TABLE = [
    # what is changed, into what, the line and place of the mistake, words of it
    ("deployment: wrexham-2024-09-07\n", "", "line 1: deployment", "is missing; write an id"),
    ("wrexham-2024-09-07", "wrexham 2024", "line 1: deployment", "'wrexham 2024' is not an id"),
    ("wrexham-2024-09-07", "../escape", "line 1: deployment", "is not an id"),
    ("wrexham-2024-09-07", '"a\\n"', "line 1: deployment", "is not an id"),
    ("location: Wrexham city centre", "location:", "line 2: location", "has no value"),
    ("location: Wrexham city centre", 'location: ""', "line 2: location", "is empty; write a line of text"),
    ("location: Wrexham city centre", "location: [a]", "line 2: location", "is not text"),
    ("location: Wrexham city centre", f"location: {'x' * 201}", "line 2: location", "at most 200 characters"),
    ("[priority-offence, safeguarding]", "[]", "line 3: purposes", "is empty; write at least one"),
    ("[priority-offence, safeguarding]", "warrant", "line 3: purposes", "is not a list"),
    ("safeguarding", "safegarding", "line 3: purposes[1]", "did you mean safeguarding?"),
    ("safeguarding", "Safeguarding", "line 3: purposes[1]", "did you mean safeguarding?"),
    ("safeguarding", "zzz", "line 3: purposes[1]", "Known are priority-offence, high-harm-crime"),
    ("safeguarding", "priority-offence", "line 3: purposes", "the same purpose twice"),
    ("2024-09-07T10:00:00+01:00", "2024-09-07T10:00:00", "line 7: authority.not_before", "no time zone"),
    ("2024-09-07T10:00:00+01:00", "2024-09-07", "line 7: authority.not_before", "no time zone"),
    ("2024-09-07T10:00:00+01:00", "10:00", "line 7: authority.not_before", "is not a date with a time"),
    ("2024-09-07T10:00:00+01:00", "1725700000", "line 7: authority.not_before", "is not a date with a time"),
    ("2024-09-07T10:00:00+01:00", "2024-09-31T10:00:00Z", "line 7: authority.not_before", "is not a date"),
    ("T18:00:00+01:00", "T18:00:00+09:00", "line 8: authority.not_after", "is not after not_before"),
    ("  reference: LFR/2024/031\n", "", "line 4: authority.reference", "is missing"),
    (
        "  officer: Super",
        "  oficer: x\n  officer: Super",
        "line 5: authority.oficer",
        "known key; write officer",
    ),
    ("{csv: list/watchlist.csv}", "list/watchlist.csv", "line 9: watchlist", "write {csv, version, under_18"),
    ("{csv: list/watchlist.csv}", "{erase_source: true}", "line 9: watchlist", "needs exactly one list"),
    ("list/watchlist.csv", "a.csv, version: abcdef", "line 9: watchlist", "needs exactly one list"),
    (
        "{csv: list/watchlist.csv}",
        "{version: tuesday}",
        "line 9: watchlist.version",
        "not the name of a list",
    ),
    ("{csv: list/watchlist.csv}", "{version: abc}", "line 9: watchlist.version", "6 to 32 hexadecimal"),
    (
        "{csv: list/watchlist.csv}",
        "{version: abcdef, erase_source: true}",
        "line 9: watchlist",
        "no files to erase",
    ),
    ("list/watchlist.csv", "a.csv, erase_source: maybe", "line 9: watchlist.erase_source", "true nor false"),
    ("list/watchlist.csv", "a.csv, erase_source: [1]", "line 9: watchlist.erase_source", "true nor false"),
    ("{csv: list/watchlist.csv}", '{csv: " "}', "line 9: watchlist.csv", "names no file"),
    (
        "{csv: list/watchlist.csv}",
        '{csv: "${LIST}"}',
        "line 9: watchlist.csv",
        "variable LIST, which is not set",
    ),
    ("pack: open", "pack: opne", "line 11: recognition.pack", "write open, insightface:NAME"),
    ("pack: open", "pack: 'insightface:'", "line 11: recognition.pack", "ends too early"),
    ("  threshold: 0.955\n", "", "line 10: recognition.threshold", "is missing and has no default"),
    ("0.955", "0", "line 12: recognition.threshold", "'0' is too small; write more than 0"),
    ("0.955", "1.01", "line 12: recognition.threshold", "'1.01' is too large; write 1 or less"),
    ("0.955", "nan", "line 12: recognition.threshold", "is not a finite number"),
    ("0.955", "0,955", "line 12: recognition.threshold", "'0,955' is not a number"),
    ("0.955", "[0.955]", "line 12: recognition.threshold", "is not a number"),
    ("0.955", "0.955\n  cooldown: 60", "line 13: recognition.cooldown", "'60' has no unit"),
    ("0.955", "0.955\n  confirm: {hits: 0}", "line 13: recognition.confirm.hits", "write 1 or more"),
    ("0.955", "0.955\n  confirm: {hits: 1.5}", "line 13: recognition.confirm.hits", "not a whole number"),
    ("0.955", "0.955\n  confirm: {within: 0s}", "line 13: recognition.confirm.within", "leaves no time"),
    ("0.955", "0.955\n  confirm: {hits: 20}", "line 13: recognition.confirm.within", "5s or more"),
    ("0.955", "0.955\n  device: gpu", "line 13: recognition.device", "write auto, cpu or cuda"),
    ("0.955", "0.955\n  min_face_px: 2", "line 13: recognition.min_face_px", "write 8 or more"),
    ("cameras:\n  - id: bridge-street\n" + CAMERA, "cameras: []\n", "line 13: cameras", "write at least one"),
    ("cameras:\n  - id: bridge-street\n" + CAMERA, "cameras:\n", "line 13: cameras", "has no value"),
    ("cameras:\n  - id: bridge-street\n" + CAMERA, "", "line 1: cameras", "is missing; write at least one"),
    (CAMERA, "", "line 14: cameras[0].source", "is missing"),
    ("file:bridge", "bridge", "line 15: cameras[0].source", "does not say what kind it is"),
    (CAMERA, CAMERA + "    pace: fast\n", "line 16: cameras[0].pace", "write realtime or max"),
    (CAMERA, "    source: device:0\n    pace: max\n", "line 16: cameras[0].pace", "for films only"),
    (CAMERA, "    source: rtsp://h/s\n    pace: max\n", "line 16: cameras[0].pace", "for films only"),
    (CAMERA, CAMERA + "    footage: maybe\n", "line 16: cameras[0].footage", "write off, on or alerts-only"),
    (CAMERA, CAMERA + "    zone: [[0, 0], [1, 1]]\n", "line 16: cameras[0].zone", "has 2 points"),
    (CAMERA, CAMERA + "    zone: [[0, 0], [1, 2], [0, 1]]\n", "line 16: cameras[0].zone[1][1]", "1 or less"),
    (CAMERA, CAMERA + "    zone: [[0], [1, 1], [0, 1]]\n", "line 16: cameras[0].zone[0][1]", "is missing"),
    (CAMERA, CAMERA + "    zone: [0]\n", "line 16: cameras[0].zone[0]", "is not a list"),
    (CAMERA, CAMERA + CAMERA.replace("    s", "  - s"), "line 16: cameras[1].id", "is missing"),
    (
        CAMERA,
        CAMERA + "  - {id: bridge-street, source: 'file:b.mp4'}\n",
        "line 16: cameras[1].id",
        "is also the id of the camera on line 14",
    ),
    (CAMERA, CAMERA + "retention: {alerts: 25h}\n", "line 16: retention.alerts", "write 24h or less"),
    (CAMERA, CAMERA + "retention: {footage: 32d}\n", "line 16: retention.footage", "write 31d or less"),
    (CAMERA, CAMERA + "retention: {watchlist: 25h}\n", "line 16: retention.watchlist", "write 24h or less"),
    (CAMERA, CAMERA + "retention: {non_match: 2s}\n", "line 16: retention.non_match", "write 1s or less"),
    (CAMERA, CAMERA + "retention: {non_match: 199ms}\n", "line 16: retention.non_match", "write 200ms to 1s"),
    (CAMERA, CAMERA + "retention: {non_match: 0s}\n", "line 16: retention.non_match", "write 200ms to 1s"),
    (CAMERA, CAMERA + "retention: {false_alert: 1h}\n", "line 16: retention.false_alert", "not a known key"),
    (CAMERA, CAMERA + "retention:\n", "line 16: retention", "take the key out"),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, secret_file: s, url: nowhere}]\n",
        "line 16: webhooks[0].url",
        "not a web address",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, secret_file: s, url: 'https://['}]\n",
        "line 16: webhooks[0].url",
        "not a web address",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, secret_file: s, url: 'http://h/x'}]\n",
        "line 16: webhooks[0].url",
        "is not encrypted; write https://",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, secret_file: s, url: 'https://10.0.0.1'}]\n",
        "line 16: webhooks[0].url",
        "is private; name it in",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, secret_file: s, url: 'https://h', allow: [10.0.0.1/8]}]\n",
        "line 16: webhooks[0].allow",
        "is not a network",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{secret_file: s, url: 'https://h'}]\n",
        "line 16: webhooks[0].name",
        "is missing",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h'}]\n",
        "line 16: webhooks[0]",
        "needs one secret to sign with",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret_file: s, events: [alrt.raised]}]\n",
        "line 16: webhooks[0].events",
        "write alert.raised",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret_file: s, events: ['webhook.*']}]\n",
        "line 16: webhooks[0].events",
        "is never delivered",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret_file: s, events: [account.added]}]\n",
        "line 16: webhooks[0].events",
        "is never delivered",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret_file: s, events: []}]\n",
        "line 16: webhooks[0].events",
        "is empty",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret_file: s, include: [name]}]\n",
        "line 16: webhooks[0].include[0]",
        "write subject or pictures",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret_file: s, timeout: 90s}]\n",
        "line 16: webhooks[0].timeout",
        "write 1s to 60s",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret: whsk_x}]\n",
        "line 16: webhooks[0].secret",
        "is not whsk_ and 32 or 64 bytes",
    ),
    (
        CAMERA,
        CAMERA + "webhooks: [{name: a, url: 'https://h', secret: whpk_x}]\n",
        "line 16: webhooks[0].secret",
        "is not whpk_ and 32 bytes",
    ),
    (
        CAMERA,
        CAMERA
        + "webhooks: [{name: a, url: 'https://h', secret_file: s}, {name: a, url: 'https://h', secret_file: s}]\n",
        "line 16: webhooks[1].name",
        "is also the name of the webhook on line 16",
    ),
    (CAMERA, CAMERA + "console: {port: 0}\n", "line 16: console.port", "write 1 or more"),
    (
        CAMERA,
        CAMERA + "console: {port: 8440, public_url: 'https://lfr.example.org/console'}\n",
        "line 16: console.public_url",
        "write https://HOST",
    ),
    (
        CAMERA,
        CAMERA + "console: {port: 8440, public_url: 'https://me:word@lfr.example.org'}\n",
        "line 16: console.public_url",
        "write https://HOST",
    ),
    (
        CAMERA,
        CAMERA + "console: {port: 8440, host: 0.0.0.0}\n",
        "line 16: console",
        "add tls",
    ),
    (
        CAMERA,
        CAMERA + "adjudication: {acknowledge_within: 1h}\n",
        "line 16: adjudication.acknowledge_within",
        "write 1s to 10m",
    ),
    (CAMERA, CAMERA + "resources: {embedders: 0}\n", "line 16: resources.embedders", "write 1 or more"),
    (CAMERA, CAMERA + "webhoks: []\n", "line 16: webhoks", "is not a known key; write webhooks"),
    (
        CAMERA,
        CAMERA + "under_18_authority: x\n",
        "line 16: under_18_authority",
        "is not known here; write it under watchlist:",
    ),
    (
        CAMERA,
        CAMERA + "console: {port:8440, port: 8440}\n",
        "line 16: console.port…",
        "no space after its colon",
    ),
    (CAMERA, CAMERA + "zebra: 1\n", "line 16: zebra", "known here are deployment, operation"),
]


@pytest.mark.parametrize(("old", "new", "where", "words"), TABLE, ids=[row[2] for row in TABLE])
def test_one_mistake_is_one_sentence_with_its_line(
    mistakes: Mistakes, old: str, new: str, where: str, words: str
) -> None:
    """Each way to get one value wrong gives one mistake: line, place, what is wrong; what would be right."""
    (problem,) = mistakes(spoil(old, new))
    assert problem.startswith(f"{where}: ")
    assert words in problem
    assert "; " in problem


def test_all_mistakes_are_told_at_once(mistakes: Mistakes) -> None:
    """A file with many mistakes gives them all, in the order of its lines, and each only once."""
    text = spoil("wrexham-2024", "wrexham 2024").replace("location", "locaton")
    text = (
        text.replace("0.955", "2").replace("2024-09-07T18", "2023-09-07T18").replace("file:bridge", "bridge")
    )
    text += "  - {id: bridge-street, source: 'device:x', pace: quick, footage: perhaps}\nconsole: {prt: 1}\n"
    found = mistakes(text)
    assert [problem.split(": ", 2)[:2] for problem in found] == [
        ["line 1", "deployment"],
        ["line 1", "location"],
        ["line 2", "locaton"],
        ["line 8", "authority.not_after"],
        ["line 12", "recognition.threshold"],
        ["line 15", "cameras[0].source"],
        ["line 16", "cameras[1].footage"],
        ["line 16", "cameras[1].id"],
        ["line 16", "cameras[1].pace"],
        ["line 16", "cameras[1].source"],
        ["line 17", "console.port"],
        ["line 17", "console.prt"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        spoil("file:bridge-street.mp4", "${SECRET}"),
        spoil("file:bridge-street.mp4", "rtsp://user:${SECRET}/@10.0.0.7:x/s"),
        spoil("pack: open", 'pack: "insightface:${SECRET}"\n  x: 1'),
        spoil("0.955", "${SECRET}"),
        spoil("wrexham-2024-09-07", "${SECRET}"),
        spoil("safeguarding", '"${SECRET}"'),
        spoil("10:00:00+01:00", "${SECRET}"),
        spoil("0.955", "0.955\n  device: ${SECRET}"),
        spoil("0.955", "0.955\n  cooldown: ${SECRET}"),
        spoil("file:bridge-street.mp4", "rtsp://user:hid/den@10.0.0.7/s"),
        RIGHT + "webhooks: [{url: 'https://h', secret:hid/den}]\n",
        spoil("    source: file:bridge-street.mp4\n", "") + "  - {id: b, source:rtsp://u:hid/den@h}\n",
        RIGHT + "webhooks: [{url: 'hid/den', secret: hid/den, evnts: hid/den}]\nzone: ${SECRET}\n",
        RIGHT + "webhooks: [{url: 'https://h/${SECRET}', next_secret: hid/den, secret: whsec_hid/den}]\n",
    ],
)
def test_no_mistake_tells_a_secret(mistakes: Mistakes, text: str) -> None:
    """What came from the environment, and what stands in an address or a secret, is in no message."""
    found = mistakes(text, {"SECRET": "hid/den"})
    assert found
    assert "hid" not in "".join(found)
    assert "den" not in "".join(found).replace("deny", "")
