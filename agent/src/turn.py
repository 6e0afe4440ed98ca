"""Changes Coturn's database while it runs: the TURN secrets that it accepts and the peers that it relays to."""

import os
import sqlite3
import sys
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

import docker
from errors import CommandFailed
from plan import Turn

# Coturn's own table, which its SQLite driver creates if it is missing.
_TABLE = """CREATE TABLE IF NOT EXISTS turn_secret (
  realm varchar(127) default '', value varchar(127), primary key (realm,value)
)"""
_PEERS_TABLE = """CREATE TABLE IF NOT EXISTS allowed_peer_ip (
  realm varchar(127) default '', ip_range varchar(256), primary key (realm,ip_range)
)"""
_LOCK_SECONDS = 20


def accept(turn: Turn, secrets: Collection[str]) -> None:
    """Makes the relay accept these secrets besides the current ones."""

    def add(database: sqlite3.Connection) -> None:
        rows = [(turn.realm, secret) for secret in secrets]
        database.executemany("INSERT OR IGNORE INTO turn_secret (realm, value) VALUES (?, ?)", rows)

    _change(turn, add)


def accept_only(turn: Turn, secrets: Collection[str]) -> None:
    """Makes the relay accept only these secrets."""

    def replace(database: sqlite3.Connection) -> None:
        database.execute("DELETE FROM turn_secret")
        database.executemany(
            "INSERT INTO turn_secret (realm, value) VALUES (?, ?)", [(turn.realm, secret) for secret in secrets]
        )

    _change(turn, replace)


def allow_only(turn: Turn, peers: Collection[str]) -> None:
    """Allows these peers besides those in the relay's settings. The relay reads them every five seconds."""

    def replace(database: sqlite3.Connection) -> None:
        database.execute(_PEERS_TABLE)
        database.execute("DELETE FROM allowed_peer_ip")
        database.executemany(
            "INSERT INTO allowed_peer_ip (realm, ip_range) VALUES (?, ?)", [(turn.realm, peer) for peer in peers]
        )

    _change(turn, replace)


def _change(turn: Turn, work: Callable[[sqlite3.Connection], None]) -> None:
    folder = docker.volume_folder(turn.volume)

    def change() -> None:
        os.umask(0o077)
        # In one transaction, so that Coturn reads either the old or the new rows.
        with closing(sqlite3.connect(f"/{turn.file}", timeout=_LOCK_SECONDS)) as database, database:
            database.execute(_TABLE)
            # Coturn creates it readable by all users.
            os.chmod(f"/{turn.file}", 0o600)
            work(database)

    as_owner(folder, change)


def as_owner(folder: Path, work: Callable[[], None]) -> None:
    """Runs work as the folder's owner, with the folder as its root: a link in it can't lead outside."""
    owner = folder.stat()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chroot(folder)
            os.chdir("/")
            os.setgroups([])
            os.setgid(owner.st_gid)
            os.setuid(owner.st_uid)
            work()
            code = 0
        except (OSError, sqlite3.Error) as error:
            print(f"{folder}: {error}", file=sys.stderr, flush=True)
        finally:
            # Skips the parent's cleanup, which must not run twice.
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise CommandFailed(f"Coturn's database in {folder} could not be changed")
