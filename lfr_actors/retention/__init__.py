"""Forgetting on time: what is due, who may suspend it, and the receipts.

policy     the rules: classes of data, lifetimes, when their clocks start; what a deployment may ask for
site       the ceilings of this site, from its file
schedule   records, holds and a moment in; what is due out
holds      reasons for a hold, and reviews that are overdue
receipts   what was erased, when and how late, from the log of events
erasure    carries it out, in steps that can be taken up again after a crash

All but `site` and `erasure` are pure: no clock, no disk. Time is an argument.
"""
