"""Where a node keeps what it runs."""

from pathlib import Path

ROOT = Path("/var/lib/livekit")
BUNDLES = ROOT / "bundles"
CURRENT = ROOT / "current"
PREVIOUS = ROOT / "previous"
STATE = ROOT / "state.json"
# There while LiveKit waits for its last call to end before it takes up what is new.
PENDING = ROOT / "pending"
CERTBOT = ROOT / "certbot"

# The live compose folder: containers mount its sub-folders.
STACK = ROOT / "stack"
# A rendering that has yet to prove itself.
STAGED = ROOT / "staged"
# What was live before the swap that is under way; gone once that has proven itself.
ROLLBACK_SNAPSHOT = ROOT / "before"

LOCK = Path("/run/livekit-node.lock")

# Compose's project, as in livekit.service.
PROJECT = "livekit"
