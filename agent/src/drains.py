"""Drains services: lets them end with their last call, for as long as the plan allows."""

import time
from collections.abc import Callable

import docker
from plan import Plan, Say, Service

# Seconds between polls of a draining service, and between progress reports.
_LOOK_SECONDS = 2
_SAY_SECONDS = 30
# Seconds for LiveKit to disconnect its remaining participants.
_FAREWELL_SECONDS = 10


def livekit(service: Service, plan: Plan, say: Say) -> None:
    """Drains LiveKit. After the first signal it takes no new rooms and exits with its last room. The second ends it."""
    if docker.state_of(service.container) is None:
        return
    if not _drain(service, "TERM", plan, lambda text: say(text, "draining")):
        docker.signal(service.container, "TERM")
        _ended(service, _FAREWELL_SECONDS)
    docker.stop(service.container)


def coturn(service: Service, plan: Plan, say: Say) -> None:
    """Drains Coturn. After the signal it takes no new sessions and exits with its last session."""
    _drain(service, "USR1", plan, say)


def _drain(service: Service, signal: str, plan: Plan, say: Callable[[str], None]) -> bool:
    """Sends a service the signal to drain, and reports whether it exits in time."""
    state = docker.state_of(service.container)
    if state is None or not state.running:
        return True
    limit = plan.change.drain_timeout_seconds
    # Keep the words "draining livekit": request scripts of the first release, still in the Pulumi state, read them.
    say(f"draining {service.name}, for {limit} s at most")
    # Otherwise Docker would restart the drained service when it exits.
    docker.keep_down(service.container)
    docker.signal(service.container, signal)
    for waited in range(0, limit, _SAY_SECONDS):
        if waited > 0:
            say(f"draining {service.name}: {waited} of {limit} s at most")
        if _ended(service, min(_SAY_SECONDS, limit - waited)):
            return True
    return False


def _ended(service: Service, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while (state := docker.state_of(service.container)) and state.running:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
