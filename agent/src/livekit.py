"""Reads LiveKit's metrics of its own node, on loopback."""

import base64
import re
import urllib.request

import yaml

import layout
from errors import Unhealthy

_TIMEOUT_SECONDS = 5
# Metric with the participants in this server's rooms. LiveKit's API would count those of all nodes that share its
# Redis.
_PARTICIPANTS = re.compile(r"^livekit_participant_total\{[^}]*\} (\S+)$", re.MULTILINE)


def participants(service: str) -> int:
    """
    Returns the number of participants whose media this node carries.

    :raises OSError, Unhealthy: if LiveKit does not answer, or not with its metrics
    """
    config = yaml.safe_load((layout.STACK / service / "livekit.yaml").read_text())["prometheus"]
    credentials = base64.b64encode(f"{config['username']}:{config['password']}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{config['port']}/", headers={"Authorization": f"Basic {credentials}"}
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        metrics = answer.read().decode()
    found = _PARTICIPANTS.search(metrics)
    if found is None:
        raise Unhealthy(f"{service}'s metrics lack the number of participants")
    return int(float(found[1]))
