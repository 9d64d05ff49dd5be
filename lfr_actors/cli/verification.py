"""`lfr events verify`: every link of the log, what outsiders hold of it, and its sealed parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import say_no_database
from lfr_actors.errors import InvalidFile
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.events.chain import BrokenLink, Head, VerifiedChain
    from lfr_actors.events.checkpoint import Checkpoint
    from lfr_actors.store import Store
    from lfr_actors.store.vault.audit import SealedParts
    from lfr_actors.store.vault.keys import Keys

PROGRESS_EVERY = 1_000
LARGEST_CHECKPOINT_BYTES = 65_536
MOST_POSITIONS = 10
"""So many numbers of events are shown to people; scripts get all."""


def verify(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ:HASH",
            help="A head noted earlier: the log must still contain it. Without one, a log whose end was cut "
            "off or computed anew cannot be told from a shorter or another one.",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A checkpoint of this log, from lfr events checkpoint: the log must still contain it, and its "
            "signature must be the site's. May be given several times.",
            show_default=False,
        ),
    ] = None,
    site_key: Annotated[
        str | None,
        typer.Option(
            metavar="HEX",
            help="The public key that signs the site's checkpoints, noted earlier. Without it, the key of this "
            "data folder is expected where there is one.",
            show_default=False,
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every link of the log, and every sealed part where the keys are there.

    Prints the head, which you may publish; fails at the first broken link, and for sealed parts that were
    altered, or whose key is gone without a receipt.
    """
    from lfr_actors.events.chain import BrokenLink, Head
    from lfr_actors.store import Store, database_exists
    from lfr_actors.store.vault.audit import SealedAudit

    try:
        heads = [] if head is None else [Head.parse(head)]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--head") from error
    if site_key is not None and (len(site_key) != 64 or set(site_key.lower()) - set("0123456789abcdef")):
        raise typer.BadParameter("is not a public key, 64 hexadecimal digits", param_hint="--site-key")
    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)
    with Store.open(folder) as store:
        held = proven_checkpoints(store, checkpoint or [], site_key)
        audit = SealedAudit(lambda: _existing_keys(store))
        found = checked(store, [*heads, *(point.head for point in held)], audit.look)
        # After a broken link the rest was not read, with the receipts that may be in it.
        sealed = None if isinstance(found, BrokenLink) else audit.result()
    if as_json:
        typer.echo(json.dumps(verification(found, sealed, held), indent=2))
    else:
        _say_verification(found, sealed, held)
    if sealed is None or not sealed.holds:
        raise typer.Exit(EXIT_FAILED)


def checked(
    store: Store, expected: Sequence[Head], look: Callable[[StoredEvent], None] | None = None
) -> VerifiedChain | BrokenLink:
    """Check the whole log, with a progress bar on stderr; `look` is given every event on the way."""
    from lfr_actors.events.chain import check

    # Noted before reading: the log may grow meanwhile, and must contain this.
    noted = store.head()
    with Progress(console=stderr, transient=True) as progress:
        task = progress.add_task("verifying", total=noted.seq)

        def counted() -> Iterator[StoredEvent]:
            for event in store.iter_events():
                if event.seq % PROGRESS_EVERY == 0:
                    progress.update(task, completed=event.seq)
                if look is not None:
                    look(event)
                yield event

        return check(counted(), [noted, *expected])


def proven_checkpoints(store: Store, files: Sequence[Path], site_key: str | None) -> list[Checkpoint]:
    """The checkpoints in these files, their signatures checked.

    Raises `InvalidFile` for what is not a checkpoint, `Tampered` for a wrong signature or another site's key.
    """
    if not files:
        return []
    held = [read_checkpoint(path) for path in files]
    expected = site_key or own_site_key(store)
    for point in held:
        point.verify(expected)
    return held


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in a file. Raises `InvalidFile` for what is not one."""
    from lfr_actors.events.checkpoint import Checkpoint

    try:
        with path.open("rb") as file:
            return Checkpoint.from_json(file.read(LARGEST_CHECKPOINT_BYTES).decode())
    except OSError as error:
        raise InvalidFile(str(path), (f"cannot be read: {error.strerror}",)) from error
    except ValueError as error:  # also what is not UTF-8
        raise InvalidFile(str(path), (str(error),)) from error


def own_site_key(store: Store) -> str | None:
    """The public key of this data folder's site, or None where there is none or its keys cannot be opened."""
    from lfr_actors.errors import StoreError, VaultError
    from lfr_actors.store.vault.keys import Keys
    from lfr_actors.store.vault.site_key import SiteKey

    try:
        with Keys.open(store.home, make=False) as keys:
            key = SiteKey.existing(keys)
    except (VaultError, StoreError) as error:  # verifying needs no keys; said, and the signature still counts
        stderr.print(f"this folder's own site key is not known: {error}", markup=False, highlight=False)
        return None
    return None if key is None else key.public_key


def verification(
    found: VerifiedChain | BrokenLink, sealed: SealedParts | None, held: Sequence[Checkpoint] = ()
) -> dict[str, Any]:
    """What `lfr events verify --json` prints."""
    from lfr_actors.events.chain import BrokenLink

    checkpoints = [{"seq": point.seq, "public_key": point.public_key} for point in held]
    if isinstance(found, BrokenLink):
        return {
            "verified": False,
            "seq": found.seq,
            "breach": str(found.breach),
            "detail": found.detail,
            "checkpoints": checkpoints,
        }
    return {
        "verified": sealed is None or sealed.holds,
        "events": found.events,
        "head": str(found.head),
        "sealed": None if sealed is None else sealed.to_json(),
        "checkpoints": checkpoints,
    }


def say_altered(found: BrokenLink) -> None:
    """Say on stderr where the log was altered."""
    stderr.print(f"the log was altered: {found}", markup=False, highlight=False, soft_wrap=True)


def _existing_keys(store: Store) -> Keys:
    """The store's keys; none are made for looking. Raises `KeyRefused`."""
    from lfr_actors.store.vault.keys import Keys

    Keys.open(store.home, make=False).close()
    return store.keys


def _say_verification(
    found: VerifiedChain | BrokenLink, sealed: SealedParts | None, held: Sequence[Checkpoint]
) -> None:
    from lfr_actors.events.chain import BrokenLink

    if isinstance(found, BrokenLink):
        say_altered(found)
        return
    stdout.print(f"{found.events} events, every link holds", highlight=False)
    for point in held:
        signed = f"the checkpoint at event {point.seq} is in it, signed by site key {point.public_key}"
        stdout.print(signed, highlight=False, soft_wrap=True)
    if sealed is not None and sealed.parts:
        _say_sealed(sealed)
    stdout.print(f"head {found.head}", highlight=False, soft_wrap=True)


def _say_sealed(sealed: SealedParts) -> None:
    """What became of the sealed parts on stdout, what is wrong with them on stderr."""
    if sealed.not_opened is not None:
        text = f"{sealed.parts} sealed parts were not opened ({sealed.erased} have a receipt of erasure)"
        stdout.print(f"{text}: {sealed.not_opened}", markup=False, highlight=False, soft_wrap=True)
        return
    text = f"{sealed.parts} sealed parts: {sealed.readable} readable, {sealed.erased} erased with a receipt"
    stdout.print(text, highlight=False)
    faults = (
        (
            sealed.missing,
            "key missing without a receipt: destroyed by hand, or an erasure was cut short "
            "(lfr purge ends it)",
        ),
        (sealed.tampered, "sealed part is not what was sealed"),
        (
            sealed.restored,
            "readable although a receipt says erased: an old copy of the key store was restored",
        ),
    )
    for places, what in faults:
        if places:
            shown = ", ".join(map(str, places[:MOST_POSITIONS]))
            more = f" and {len(places) - MOST_POSITIONS} more" if len(places) > MOST_POSITIONS else ""
            stderr.print(f"event {shown}{more}: {what}", markup=False, highlight=False, soft_wrap=True)
