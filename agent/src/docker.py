"""The Docker and Compose commands that a node needs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import layout
from commands import run
from errors import CommandFailed

# Seconds. Overrides the container's own stop timeout, which may be as long as its calls.
STOP_SECONDS = 10

# Entries of compose.yaml as Compose reads them, by service.
Entries = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class ContainerState:
    running: bool
    # As Docker formats it.
    started: str
    # healthy, unhealthy, starting, or none if it has no health check.
    health: str

    @property
    def started_at(self) -> float:
        """Start time in seconds since 1970."""
        # Cuts the fraction, because Python parses six digits of it and Docker writes nine.
        whole = self.started.removesuffix("Z").split(".")
        fraction = float(f"0.{whole[1]}") if len(whole) > 1 else 0.0
        return datetime.fromisoformat(f"{whole[0]}+00:00").timestamp() + fraction


def compose(*arguments: str, folder: Path = layout.STACK, timeout: float = 300) -> str:
    return run(
        *("docker", "compose", "--project-name", layout.PROJECT, "--project-directory", str(folder)),
        *("--file", str(folder / "compose.yaml"), *arguments),
        timeout=timeout,
    )


def entries(folder: Path) -> Entries:
    """:raises CommandFailed: if Compose rejects the file"""
    # Replaces `$$`, because Compose prints a compose file, in which `$$` stands for a dollar sign.
    services: Entries = json.loads(compose("config", "--format", "json", folder=folder).replace("$$", "$"))["services"]
    return services


def state_of(container: str) -> ContainerState | None:
    """Returns a container's state; None if there is no such container."""
    text = run("docker", "container", "inspect", "--format", "{{json .State}}", container, check=False)
    try:
        raw = json.loads(text.splitlines()[0])
    except (ValueError, IndexError):
        return None
    return ContainerState(raw["Running"], raw["StartedAt"], raw.get("Health", {}).get("Status", "none"))


def recreate(service: str) -> None:
    """Replaces a service's container. The old one has a few seconds to stop, as any drain is over."""
    compose("up", "--detach", "--no-deps", "--force-recreate", "--timeout", str(STOP_SECONDS), service)


def stop(container: str) -> None:
    """Stops a container with SIGTERM, then SIGKILL. It stays down until it is started."""
    run("docker", "stop", "--time", str(STOP_SECONDS), container)


def keep_down(container: str) -> None:
    """Makes Docker not restart a container when it exits."""
    run("docker", "update", "--restart", "no", container)


def keep_up(containers: Sequence[str]) -> None:
    """Makes Docker restart containers whenever they exit."""
    run("docker", "update", "--restart", "always", *containers)


def signal(container: str, name: str) -> None:
    run("docker", "kill", "--signal", name, container)


def log_tail(container: str, lines: int = 20) -> str:
    return run("docker", "logs", "--tail", str(lines), container, check=False)


def has_image(image: str) -> bool:
    try:
        run("docker", "image", "inspect", "--format", "{{.Id}}", image)
    except CommandFailed:
        return False
    return True


def pull(image: str) -> None:
    run("docker", "pull", "--quiet", image, timeout=900)


def volume_folder(volume: str) -> Path:
    return Path(run("docker", "volume", "inspect", "--format", "{{.Mountpoint}}", volume).strip())
