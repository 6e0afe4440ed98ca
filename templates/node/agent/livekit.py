"""What LiveKit itself says of its calls, asked on loopback with a token made of its own key."""

import base64
import hashlib
import hmac
import json
import time
import urllib.request

import yaml

import layout

_TIMEOUT_SECONDS = 5
_TOKEN_SECONDS = 60


def participants(service: str, port: int) -> int:
    """
    People in all rooms. Several nodes share their rooms, so it counts those of the other nodes as well.

    :raises OSError: where LiveKit does not answer
    """
    config = yaml.safe_load((layout.STACK / service / "livekit.yaml").read_text())
    key, secret = next(iter(config["keys"].items()))
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/twirp/livekit.RoomService/ListRooms",
        data=b"{}",
        headers={"Authorization": f"Bearer {token(key, secret)}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        rooms = json.load(answer).get("rooms", [])
    return sum(int(room.get("num_participants") or room.get("numParticipants") or 0) for room in rooms)


def token(key: str, secret: str, now: float | None = None) -> str:
    """A JWT that may list rooms, and nothing else, for a minute."""
    issued = int(now if now is not None else time.time())
    claims = {"iss": key, "nbf": issued - 10, "exp": issued + _TOKEN_SECONDS, "video": {"roomList": True}}
    body = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
    return f"{body}.{_base64(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())}"


def _encode(value: object) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
