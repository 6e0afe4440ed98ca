"""What LiveKit itself says of its calls, asked on loopback with a token made of its own key."""

import json
import urllib.request

import yaml

import layout
from access_token import access_token

_TIMEOUT_SECONDS = 5


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
        headers={"Authorization": f"Bearer {access_token(key, secret)}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        rooms = json.load(answer).get("rooms", [])
    return sum(int(room.get("num_participants") or room.get("numParticipants") or 0) for room in rooms)
