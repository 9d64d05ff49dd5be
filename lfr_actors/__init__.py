"""Lawful live facial recognition deployments, as an asyncio event system on Ray actors.

The way of a face, which is also the order in which to read the packages:

    source ─► frame ─► faces ─► track ─► probe ─► template ─► candidates ─► alert ─► decision ─► outcome

    spec        what a deployment is: the YAML file, checked in full before anything starts
    vision      sources → detect → track → quality → align → embed; packs of models
    watchlist   rows → rules → enrolment → version; quality and likeness; search; proofs
    people      who works with the system, and what each role may do
    alerting    the decision rule: threshold, corroboration, one alert for one pass; how people decide, and outcomes
    events      typed events in one append-only chain, with what speaks of a person sealed; checkpoints
    store       SQLite or PostgreSQL; state and event commit together; the vault and its keys
    retention   policy → what is due → erased, with a receipt; holds
    footage     a camera's own packets, sealed as they are written
    canary      the hunt for what should be gone
    delivery    signed webhooks, at least once and in order; a receiver for consumers
    console     where people decide: pages and JSON API, and who may sign in
    evaluation  rates with intervals, protocols, equity, films, live measurement; composed scenes; benches
    records     the public record, the sign for the street, the pages a run leaves behind
    frames      all of these measurements as data frames
    actors      the only package that imports ray: thin shells around the above
    cli         the commands

Rules live in plain modules without clock, randomness, I/O or Ray; actors carry out what they say.
"""

__version__ = "0.1.0"
