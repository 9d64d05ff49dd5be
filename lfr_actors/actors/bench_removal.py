"""The process that holds the list from which `lfr bench matcher` has a subject removed, and that is searched.

python -m lfr_actors.actors.bench_removal ORDER        answers a line of JSON to each line on stdin: remove, stop
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from functools import partial

from lfr_actors.actors.bench_shards import own_cluster, own_ray
from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.actors.supervised import Cluster
from lfr_actors.evaluation.matching.removal_list import RemovalOrder, seal_without
from lfr_actors.hardening import harden_process
from lfr_actors.messages import GalleryVersion
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import SealedWatchlist, open_part
from lfr_actors.watchlist.thresholds import Thresholds

THRESHOLD = 0.5
Answer = Callable[[dict[str, object]], None]


def main(order: RemovalOrder) -> None:
    """Hold the list, remove the subject when told to, end when told to."""
    harden_process()
    answers = sys.stdout

    def answer(document: dict[str, object]) -> None:
        answers.write(json.dumps(document) + "\n")
        answers.flush()

    with own_ray():  # which has stdout for nobody
        asyncio.run(_serve(order, answer))


async def _serve(order: RemovalOrder, answer: Answer) -> None:
    cluster = own_cluster()
    try:
        began_s = time.monotonic()
        await cluster.start_matcher(_gallery_order(order, order.sealed, 1), order.shards, incomplete="pause")
        answer({"loaded_s": round(time.monotonic() - began_s, 2)})
        while (word := (await asyncio.to_thread(sys.stdin.readline)).strip()) != "stop":
            if word != "remove":  # whoever started this has gone
                return
            answer(await _remove(order, cluster))
        answer({"stopped": True})
    finally:
        await cluster.close()


async def _remove(order: RemovalOrder, cluster: Cluster) -> dict[str, object]:
    """Seal the list anew, have the shards answer from it, erase the one before; the seconds of each."""
    with Store.open(order.home) as store:
        began_s = time.monotonic()
        sealed = await asyncio.to_thread(seal_without, store, order.sealed, order.removed)
        sealed_s = time.monotonic()
        await cluster.replace_gallery(_gallery_order(order, sealed, 2))
        replaced_s = time.monotonic()
        store.retained.end_now(order.sealed.object_id)
        await asyncio.to_thread(Eraser(store).catch_up)
        erased_s = time.monotonic()
    return {
        "sealed_anew_s": round(sealed_s - began_s, 2),
        "shards_replaced_s": round(replaced_s - sealed_s, 2),
        "erased_s": round(erased_s - replaced_s, 2),
        "removed_s": round(erased_s - began_s, 2),
    }


def _gallery_order(order: RemovalOrder, sealed: SealedWatchlist, generation: int) -> GalleryOrder:
    return GalleryOrder(
        version=sealed.version or GalleryVersion(""),
        generation=generation,
        load=partial(open_part, order.home, sealed, Thresholds(default=THRESHOLD)),
    )


if __name__ == "__main__":
    main(RemovalOrder.from_line(sys.argv[1]))
