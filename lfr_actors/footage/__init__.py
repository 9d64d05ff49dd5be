"""Footage of cameras: their own compressed packets, encrypted as they are written. Read in this order:

plan         what a camera is told: everything, or only what surrounds an alert
waiting      from the thread that reads a camera to the one that writes
ring         alerts-only: the last seconds in memory, and which of them an alert keeps
cutting      where a segment begins and ends
segment      what the index is told of a segment
sealed_film  one segment on disk: Matroska, sealed on its way to the file
recording    what becomes of the packets, or a reason why not
recorder     all of it in a thread: what a camera actor uses
reading      a segment, read back
span         a range of time as people ask for it
export       a range of time as playable films
cost         what recording costs, measured

Sound is never recorded: the readers do not even ask a camera for it. The disk never holds a picture in clear;
memory does, for at most `sealed_film.CLUSTER_MS`, and with `alerts-only` for the seconds of the ring.
"""
