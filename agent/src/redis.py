"""Changes Redis' password while it runs, over loopback, so that no command line contains a password."""

import socket
from collections.abc import Sequence

from errors import CommandFailed

_TIMEOUT_SECONDS = 10


def accept_too(port: int, known: Sequence[str], new: str) -> None:
    """Makes the server accept another password besides the current ones."""
    _change(port, known, ["ACL", "SETUSER", "default", f">{new}"])


def accept_only(port: int, known: Sequence[str], password: str) -> None:
    """Makes the server accept only this password. Open connections stay open."""
    _change(port, known, ["ACL", "SETUSER", "default", "resetpass", f">{password}"])


def _change(port: int, known: Sequence[str], command: Sequence[str]) -> None:
    """:param known: passwords, of which the server accepts at least one"""
    with (
        socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS) as connection,
        connection.makefile("rb") as replies,
    ):

        def send(words: Sequence[str]) -> str:
            encoded = [word.encode() for word in words]
            connection.sendall(
                b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(each), each) for each in encoded)
            )
            return replies.readline().decode(errors="replace").strip()

        reply = next((reply for password in known if (reply := send(["AUTH", password])) == "+OK"), None)
        if reply is None:
            raise CommandFailed("Redis accepts none of its known passwords")
        reply = send(command)
        if reply != "+OK":
            raise CommandFailed(f"Redis did not change its password: {reply}")
