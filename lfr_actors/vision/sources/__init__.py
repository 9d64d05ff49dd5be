"""Where frames come from: films, RTSP cameras, capture devices. Read in this order:

clock       the time, and waiting that can be interrupted
media_time  timestamps of a container → seconds from 0 that never fall
picture     a decoded frame → an upright BGR image with square pixels
faults      what went wrong, in words, without a password
film        opening a film safely; has it been cut off?
camera      opening an RTSP camera or a device, never hanging for ever
tape        its compressed packets, for whoever records them
reader      the blocking loop: packets → frames
backoff     how long to wait before a camera is tried again
handover    from the capture thread to asyncio: newest frame only, or none dropped
states      opening, live, lost, ended, failed
capture     all of it in a thread: what a camera actor uses
"""

from lfr_actors.vision.sources.backoff import Backoff
from lfr_actors.vision.sources.capture import Capture, CaptureCounters
from lfr_actors.vision.sources.clock import Clock, SystemClock
from lfr_actors.vision.sources.reader import FrameReader, Pace, open_reader
from lfr_actors.vision.sources.states import Ended, Failed, Live, Lost, Opening, SourceState

__all__ = [
    "Backoff",
    "Capture",
    "CaptureCounters",
    "Clock",
    "Ended",
    "Failed",
    "FrameReader",
    "Live",
    "Lost",
    "Opening",
    "Pace",
    "SourceState",
    "SystemClock",
    "open_reader",
]
