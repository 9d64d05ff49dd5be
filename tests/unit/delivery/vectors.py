"""Signatures that were published by implementations of Standard Webhooks, the second by its specification too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
SIGNED_AT = dt.datetime.fromtimestamp(TIMESTAMP, dt.UTC)
BODY = b'{"test": 2432232314}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """What `secret` signs the body above as, and with what that is verified."""

    secret: str
    verified_with: str
    signature: str


SHARED = Vector(
    secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    verified_with="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    signature="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
)
KEY = Vector(
    secret="whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
    verified_with="whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
    signature="v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
)
SEED = Vector(
    secret="whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
    verified_with="whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
    signature="v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
)
ALL = (SHARED, KEY, SEED)
