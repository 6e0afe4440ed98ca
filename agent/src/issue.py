"""Requests certificates from a CA, with a DNS record that this node's role may write."""

import time
from datetime import UTC, datetime
from pathlib import Path

import layout
from certificate import KeyPair, check
from commands import run
from errors import CommandFailed, Refused
from plan import Certificate
from rules import Renewal

# Name of the certificate and its renewals within certbot.
LINEAGE = "livekit"
# Pause in seconds after a failure: Let's Encrypt allows five an hour.
PAUSE_AFTER_FAILURE_SECONDS = 3600

_CONFIG = layout.CERTBOT / "config"
_FAILED = layout.CERTBOT / "failed"


def issue(wanted: Certificate, region: str, renewal: Renewal) -> KeyPair:
    """
    Returns a certificate for the names: certbot's last one if its renewal is not due, otherwise a new one.

    :param region: any existing region: Route 53 has none, but its client requires one
    :raises Refused: if the CA issues none
    """
    last = _last(wanted)
    if last and last.renewal_left(renewal) == 1:
        return last
    layout.CERTBOT.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        run("certbot", *_arguments(wanted), timeout=900, environment={"AWS_DEFAULT_REGION": region})
    except CommandFailed as error:
        _FAILED.write_text(datetime.now(UTC).isoformat())
        raise Refused(f"{wanted.directory_url} issued no certificate for {', '.join(wanted.names)}: {error}") from error
    _FAILED.unlink(missing_ok=True)
    made = _read(_CONFIG / "live" / LINEAGE)
    check(made, wanted.names)
    return made


def paused() -> bool:
    """Reports whether the last attempt failed so recently that another would only use up the CA's rate limit."""
    return _FAILED.exists() and time.time() - _FAILED.stat().st_mtime < PAUSE_AFTER_FAILURE_SECONDS


def _arguments(wanted: Certificate) -> list[str]:
    contact = ["--email", wanted.email] if wanted.email else ["--register-unsafely-without-email"]
    folders = {"--config-dir": _CONFIG, "--work-dir": layout.CERTBOT / "work", "--logs-dir": layout.CERTBOT / "logs"}
    return [
        *("certonly", "--non-interactive", "--agree-tos", *contact, "--server", wanted.directory_url),
        *("--dns-route53", "--key-type", "ecdsa", "--cert-name", LINEAGE, "--force-renewal"),
        *(part for name in wanted.names for part in ("--domain", name)),
        *(str(part) for pair in folders.items() for part in pair),
    ]


def _last(wanted: Certificate) -> KeyPair | None:
    try:
        pair = _read(_CONFIG / "live" / LINEAGE)
        check(pair, wanted.names)
    except (OSError, Refused):
        return None
    return pair


def _read(folder: Path) -> KeyPair:
    return KeyPair((folder / "fullchain.pem").read_text(), (folder / "privkey.pem").read_text())
