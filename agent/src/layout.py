"""Paths on a node."""

from pathlib import Path

ROOT = Path("/var/lib/livekit")
BUNDLES = ROOT / "bundles"
CURRENT = ROOT / "current"
PREVIOUS = ROOT / "previous"
STATE = ROOT / "state.json"
# Exists while LiveKit waits for its last call to end before it applies a change.
PENDING = ROOT / "pending"
CERTBOT = ROOT / "certbot"

# The live compose folder. Containers mount its subfolders.
STACK = ROOT / "stack"
# New files while they are validated.
STAGED = ROOT / "staged"
# The files before the change in progress. Deleted once the change is healthy.
ROLLBACK_SNAPSHOT = ROOT / "before"

LOCK = Path("/run/livekit-node.lock")

# Compose's project name, as in livekit.service.
PROJECT = "livekit"
