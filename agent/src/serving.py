"""Checks which certificate this machine serves."""

import socket
import ssl
import time

from cryptography.hazmat.primitives.serialization import Encoding

from certificate import KeyPair
from errors import Unhealthy
from plan import Plan

WITHIN_SECONDS = 30


def wait_certificate(plan: Plan, pair: KeyPair) -> None:
    """Waits until nginx and Coturn serve the certificate. Coturn only warns if it can't read it."""
    expected = pair.leaf.public_bytes(Encoding.DER)
    name = f"livekit.{plan.certificate.names[0]}"
    for service, port in (("nginx", plan.ports.https), ("Coturn", plan.ports.turn_tls)):
        deadline = time.monotonic() + WITHIN_SECONDS
        while (found := served(port, name)) != expected:
            if time.monotonic() > deadline:
                what = "no certificate" if found is None else "another certificate"
                raise Unhealthy(f"{service} serves {what} on {port}")
            time.sleep(1)


def served(port: int, name: str) -> bytes | None:
    """Returns the certificate that a port of this machine serves; None if it serves none."""
    context = ssl.create_default_context()
    # Accepts any certificate, because this only reads which one is served. Clients verify it.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname=name) as secure,
        ):
            return secure.getpeercert(binary_form=True)
    except OSError:
        return None
