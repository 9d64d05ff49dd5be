"""What went wrong, as an error of the product: in words, with the source as shown, never with a password.

FFmpeg's own errors carry the address, password included, in their text and arguments. Nothing of them but
the fixed description of the error number goes into ours, and ours are raised outside the `except` block, so
that the original does not hang on to them as context.
"""

from __future__ import annotations

import av
from av import error as av_error

from lfr_actors.errors import SourceDenied, SourceError, SourceNotFound, SourceStalled, SourceUnreadable

_KINDS: tuple[tuple[type[av.FFmpegError] | tuple[type[av.FFmpegError], ...], type[SourceError], str], ...] = (
    (
        (av_error.HTTPUnauthorizedError, av_error.HTTPForbiddenError),
        SourceDenied,
        "access denied: wrong or missing user or password",
    ),
    (av_error.PermissionError, SourceDenied, "no permission to open it"),
    (av_error.FileNotFoundError, SourceNotFound, "there is no such file or device"),
    (av_error.HTTPNotFoundError, SourceNotFound, "the camera knows no stream of this path (404)"),
    (av_error.ConnectionRefusedError, SourceNotFound, "connection refused: nothing listens there"),
    (
        (av_error.DecoderNotFoundError, av_error.PatchWelcomeError),
        SourceUnreadable,
        "its codec cannot be decoded here",
    ),
    (
        (av_error.HTTPClientError, av_error.HTTPServerError),
        SourceUnreadable,
        "the camera refused the request",
    ),
    (
        (av_error.TimeoutError, av_error.ExitError),
        SourceStalled,
        "no answer within the time-out",
    ),
    (
        (av_error.ConnectionResetError, av_error.ConnectionAbortedError, av_error.BrokenPipeError),
        SourceStalled,
        "the connection was cut",
    ),
    (av_error.InvalidDataError, SourceUnreadable, "it holds no video that can be read"),
)


def fault(shown: str, error: av.FFmpegError) -> SourceError:
    """The error of the product for one of FFmpeg's. `shown` names the source without any password."""
    described = error.strerror or "no reason given"
    for kinds, ours, words in _KINDS:
        if isinstance(error, kinds):
            return ours(shown, f"{words} ({described})")
    return SourceUnreadable(shown, f"it cannot be read ({described})")
