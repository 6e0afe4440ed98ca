"""Validates new files with each service's own program, in temporary containers. Only LiveKit's may have a network."""

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker
import layout
from commands import run, tail
from errors import CommandFailed, Refused
from files import read_tree, remove_tree, write_tree
from plan import Plan, Say, Service
from rendering import Texts

# Seconds that a service may take to become healthy during validation.
TRIAL_SECONDS = 30
# Seconds that a shared Redis may take to answer.
_REDIS_SECONDS = 30

_TRIAL = layout.ROOT / "trial"

Entry = Mapping[str, Any]


def validate_files(plan: Plan, texts: Texts, say: Say) -> None:
    """
    Validates every service whose files or entry are new. Pulls images that are not on the machine.

    :raises Refused: with the message from Compose, the registry or the service's own program
    """
    live = read_tree(layout.STACK)
    if texts == live:
        return
    say("checking the new files")
    remove_tree(layout.STAGED)
    try:
        write_tree(layout.STAGED, texts)
        entries = _entries()
        for service in plan.services:
            _fetch(service.image, say)
        for service in plan.services:
            if _part(texts, service) != _part(live, service):
                _validate_service(service, entries[service.name])
        # Skips Redis on a new node, which may start before Redis does.
        if live and not plan.of_kind("redis"):
            for service in plan.of_kind("livekit"):
                if _part(texts, service) != _part(live, service):
                    _reach_redis(service, layout.STAGED / service.name, entries[service.name])
    finally:
        remove_tree(layout.STAGED)


def _entries() -> docker.Entries:
    try:
        return docker.entries(layout.STAGED)
    except CommandFailed as error:
        raise Refused(f"Compose rejects compose.yaml: {error}") from error


def _fetch(image: str, say: Say) -> None:
    if docker.has_image(image):
        return
    say(f"pulling {image}")
    try:
        docker.pull(image)
    except CommandFailed as error:
        raise Refused(f"the image {image} is not available: {error}") from error


def _part(texts: Texts, service: Service) -> dict[str, str]:
    """Returns the files of a service, including compose.yaml, which all services share."""
    return {path: text for path, text in texts.items() if path.startswith((f"{service.name}/", "compose.yaml"))}


def _validate_service(service: Service, entry: Entry) -> None:
    try:
        _validators[service.kind](service, layout.STAGED / service.name, entry)
    except CommandFailed as error:
        raise Refused(f"{service.name} rejects its new files: {error}") from error


def _nginx(service: Service, files: Path, entry: Entry) -> None:
    run("docker", "run", "--rm", *_confined(entry, files), service.image, "-t", "-c", "/config/nginx.conf")


def _livekit(service: Service, files: Path, entry: Entry) -> None:
    # LiveKit prints errors to standard output, and before 1.13.10 exits with 0 despite them.
    said = run("docker", "run", "--rm", *_confined(entry, files), service.image, *_words(entry), "ports", check=False)
    if "TCP Ports" not in said:
        raise CommandFailed(tail(said))


def _reach_redis(service: Service, files: Path, entry: Entry) -> None:
    """Checks that LiveKit reaches Redis. Otherwise the running container would be replaced by one that exits."""
    name = f"livekit-trial-{uuid.uuid4().hex[:8]}"
    command = ("docker", "run", "--name", name, *_confined(entry, files, "host"), *_machine_files(entry))
    try:
        said = run(*command, service.image, *_words(entry), "list-nodes", timeout=_REDIS_SECONDS, check=False)
    except CommandFailed as error:
        said = f"{docker.log_tail(name)}\n{error}"
    finally:
        # Removes the container, because Docker keeps it if the docker command timed out.
        run("docker", "rm", "--force", "--volumes", name, check=False)
    if "IP Address" not in said:
        raise Refused(f"{service.name} does not reach Redis, and would not start: {tail(said)}")


def _machine_files(entry: Entry) -> list[str]:
    """Returns options that mount the machine's files that the service reads, such as CA certificates."""
    return [
        part
        for volume in entry["volumes"]
        if volume["type"] == "bind" and volume["target"] != "/config"
        for part in ("--volume", f"{volume['source']}:{volume['target']}:ro")
    ]


def _redis(service: Service, files: Path, entry: Entry) -> None:
    _serves(service, files, entry, "/data")


def _coturn(service: Service, files: Path, entry: Entry) -> None:
    """Validates Coturn on loopback, because a container without a network lacks the machine's addresses."""
    texts = read_tree(files)
    kept = [
        line
        for line in texts["turnserver.conf"].splitlines()
        if not line.startswith(("listening-ip=", "relay-ip=", "external-ip="))
    ]
    trial = "\n".join([*kept, "listening-ip=127.0.0.1", "relay-ip=127.0.0.1", ""])
    remove_tree(_TRIAL)
    try:
        write_tree(_TRIAL, {**texts, "turnserver.conf": trial})
        log = _serves(service, _TRIAL, entry, "/var/lib/coturn")
    finally:
        remove_tree(_TRIAL)
    # Coturn starts even without settings that it could not read or parse. It logs each such setting once per thread,
    # with different timestamps, so duplicates are removed.
    wrong = {
        line.partition(" ")[2] for line in log.splitlines() if "Bad configuration" in line or "cannot" in line.lower()
    }
    if wrong:
        raise CommandFailed("\n".join(sorted(wrong)))


def _node_exporter(service: Service, files: Path, entry: Entry) -> None:
    _serves(service, files, entry, None)


_validators = {
    "nginx": _nginx,
    "livekit": _livekit,
    "redis": _redis,
    "coturn": _coturn,
    "node-exporter": _node_exporter,
}


def _serves(service: Service, files: Path, entry: Entry, data: str | None) -> str:
    """Runs the service until it passes its own health check, and returns its log."""
    name = f"livekit-trial-{uuid.uuid4().hex[:8]}"
    volume = ["--tmpfs", f"{data}:mode=1777"] if data else []
    command = [*("docker", "run", "--detach", "--name", name), *volume, *_confined(entry, files)]
    try:
        run(*command, service.image, *_words(entry))
        deadline = time.monotonic() + TRIAL_SECONDS
        while not _answers(name, entry):
            state = docker.state_of(name)
            if time.monotonic() > deadline or state is None or not state.running:
                raise CommandFailed(tail(docker.log_tail(name, 40)) or "it did not become healthy and logged nothing")
            time.sleep(0.5)
        return docker.log_tail(name, 500)
    finally:
        run("docker", "rm", "--force", "--volumes", name, check=False)


def _answers(container: str, entry: Entry) -> bool:
    _, *check = entry["healthcheck"]["test"]
    try:
        run("docker", "exec", container, *check, timeout=10)
    except CommandFailed:
        return False
    return True


def _words(entry: Entry) -> list[str]:
    """Returns the arguments, other words of the entrypoint first: `docker run --entrypoint` takes only one word."""
    return [*entry["entrypoint"][1:], *entry["command"]]


def _confined(entry: Entry, files: Path, network: str = "none") -> list[str]:
    """Returns options as for the service itself, but without its network and data, and with a low CPU priority."""
    entrypoint, *_ = entry["entrypoint"]
    return [
        *("--cpu-shares", "64"),
        *("--network", network, "--read-only", "--tmpfs", "/tmp:rw,noexec,nosuid,size=64m", "--user", entry["user"]),
        *("--cap-drop", "ALL", *(part for name in entry.get("cap_add") or [] for part in ("--cap-add", name))),
        *("--security-opt", "no-new-privileges:true", "--volume", f"{files}:/config:ro", "--entrypoint", entrypoint),
    ]
