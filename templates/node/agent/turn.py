"""Coturn's database: the TURN secrets that it takes and the peers it relays to, which change while it runs."""

import os
import sqlite3
import sys
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

import docker
from errors import CommandFailed
from plan import Turn

# Coturn's own, which it makes where there is none (its SQLite driver).
_TABLE = """CREATE TABLE IF NOT EXISTS turn_secret (
  realm varchar(127) default '', value varchar(127), primary key (realm,value)
)"""
_PEERS_TABLE = """CREATE TABLE IF NOT EXISTS allowed_peer_ip (
  realm varchar(127) default '', ip_range varchar(256), primary key (realm,ip_range)
)"""
_LOCK_SECONDS = 20


def accept(turn: Turn, secrets: Collection[str]) -> None:
    """Has the relay take these secrets beside those that it takes."""

    def add(database: sqlite3.Connection) -> None:
        rows = [(turn.realm, secret) for secret in secrets]
        database.executemany("INSERT OR IGNORE INTO turn_secret (realm, value) VALUES (?, ?)", rows)

    _change(turn, add)


def accept_only(turn: Turn, secrets: Collection[str]) -> None:
    """Has the relay take these secrets and no others."""

    def replace(database: sqlite3.Connection) -> None:
        database.execute("DELETE FROM turn_secret")
        database.executemany(
            "INSERT INTO turn_secret (realm, value) VALUES (?, ?)", [(turn.realm, secret) for secret in secrets]
        )

    _change(turn, replace)


def allow_only(turn: Turn, peers: Collection[str]) -> None:
    """Has the relay relay to these addresses beside those in its settings. It looks every five seconds."""

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
        # In one transaction: Coturn sees what was or what is to be.
        with closing(sqlite3.connect(f"/{turn.file}", timeout=_LOCK_SECONDS)) as database, database:
            database.execute(_TABLE)
            # Coturn makes it for everybody to read.
            os.chmod(f"/{turn.file}", 0o600)
            work(database)

    as_owner(folder, change)


def as_owner(folder: Path, work: Callable[[], None]) -> None:
    """Does work as the user who has the folder, with that as its root: a link put there leads nowhere."""
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
            # Nothing of the parent's may be done twice.
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise CommandFailed(f"Coturn's database in {folder} could not be changed")
