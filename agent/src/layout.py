"""Paths on a node."""

from pathlib import Path

PULLER = Path("/usr/local/sbin/livekit-node")
# Public key of the stack's KMS key, with which the puller verifies requests.
PUBLIC_KEY = Path("/etc/livekit-node.pem")

ROOT = Path("/var/lib/livekit")
BUNDLES = ROOT / "bundles"
CURRENT = ROOT / "current"
PREVIOUS = ROOT / "previous"
STATE = ROOT / "state.json"
# This file exists while a change of LiveKit waits for its last call to end.
PENDING = ROOT / "pending"
CERTBOT = ROOT / "certbot"

# The live compose folder. Containers mount its subfolders.
STACK = ROOT / "stack"
# New files while they are validated.
STAGED = ROOT / "staged"
# Copy of the files from before a change, for a rollback. Deleted once all services are healthy after the change.
ROLLBACK_SNAPSHOT = ROOT / "before"

LOCK = Path("/run/livekit-node.lock")

# Compose's project name, as in livekit.service.
PROJECT = "livekit"
