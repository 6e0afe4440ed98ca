"""
Installs the bundle's puller in place of the node's. cloud-init installs the puller of the release that launched the
instance, and no later one.
"""

import json
import os
import subprocess
from pathlib import Path

import layout
from commands import run
from files import write_whole


def install(bundle: Path) -> bool:
    """
    Installs the puller and, on an instance of a release before request signing, the key.

    :returns: whether the puller has changed
    """
    key = (json.loads(os.environ.get("LIVEKIT_REQUEST", "null")) or {}).get("publicKey")
    if key and not layout.PUBLIC_KEY.exists() and _is_public_key(key):
        write_whole(layout.PUBLIC_KEY, key, 0o644)
    text = (bundle / "puller.py").read_text()
    # Without the key, the puller would reject every request.
    if not layout.PUBLIC_KEY.exists() or layout.PULLER.read_text() == text:
        return False
    write_whole(layout.PULLER, text, 0o755)
    return True


def _is_public_key(text: str) -> bool:
    command = ["openssl", "pkey", "-pubin", "-noout"]
    return subprocess.run(command, input=text, text=True, check=False, capture_output=True).returncode == 0


def restart() -> None:
    """Restarts the puller, which this process outlives (KillMode=process). The new one repeats the current request."""
    run("systemctl", "restart", "--no-block", "livekit-node.service", check=False)
