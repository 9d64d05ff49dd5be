"""Measuring the matcher beside bare libraries on the same made-up templates.

    vectors ─► reference (exact decisions, threshold) ─┬─► peers: faiss, hnswlib, usearch
                                                        ├─► growth: 10^3 to 10^7, plotted
                                                        └─► through the actors: `lfr_actors.actors.bench_matcher`

`timing` takes the contenders turn by turn, `parity` counts decisions that differ from the reference, `killing`
what happened to searches while a shard was away, `removal` looks for a removed vector in memory and files.
`record` keeps what was measured as it comes.
"""
