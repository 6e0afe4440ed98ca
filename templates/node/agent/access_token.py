"""LiveKit's access tokens: JWTs signed with an API secret."""

import base64
import hashlib
import hmac
import json
import time

_LIFETIME_SECONDS = 60
# Clocks of two programs on one machine are the same; rounding isn't.
_LEEWAY_SECONDS = 10


def access_token(key: str, secret: str, now: float | None = None) -> str:
    """A JWT that may list rooms, and nothing else, for a minute."""
    issued = int(now if now is not None else time.time())
    claims = {
        "iss": key,
        "nbf": issued - _LEEWAY_SECONDS,
        "exp": issued + _LIFETIME_SECONDS,
        "video": {"roomList": True},
    }
    body = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
    return f"{body}.{_base64(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())}"


def _encode(value: object) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
