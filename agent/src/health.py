"""Checks whether services are healthy."""

import time
from collections.abc import Sequence

import docker
from commands import tail
from errors import Unhealthy
from plan import Service

HEALTHY_WITHIN_SECONDS = 60


def wait_healthy(services: Sequence[Service]) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    for service in services:
        while (found := health(service)) != "healthy":
            if time.monotonic() > deadline:
                log = tail(docker.log_tail(service.container))
                raise Unhealthy(
                    f"{service.name} is {found} after {HEALTHY_WITHIN_SECONDS} s. The end of its log:\n{log}"
                )
            time.sleep(1)


def health(service: Service) -> str:
    """Returns `healthy` or another state of a service."""
    state = docker.state_of(service.container)
    if state is None:
        return "not there"
    return state.health if state.running else "not running"
