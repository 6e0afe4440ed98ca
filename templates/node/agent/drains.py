"""Letting a service end with its last call, for as long as the plan allows."""

import time

import docker
from plan import Plan, Say, Service

# How often a service that drains is looked at, and spoken of.
_LOOK_SECONDS = 2
_SAY_SECONDS = 30
# LiveKit's own farewell to those who are still there.
_FAREWELL_SECONDS = 10


def livekit(service: Service, plan: Plan, say: Say) -> None:
    """From the first signal on it takes no new rooms, and it ends with its last one. The second waits for nobody."""
    if docker.state_of(service.container) is None:
        return
    if not _drain(service, "TERM", plan, say):
        docker.signal(service.container, "TERM")
        _ended(service, _FAREWELL_SECONDS)
    docker.stop(service.container)


def coturn(service: Service, plan: Plan, say: Say) -> None:
    """From the signal on it takes no new sessions, and it ends with its last one."""
    _drain(service, "USR1", plan, say)


def _drain(service: Service, signal: str, plan: Plan, say: Say) -> bool:
    """Whether it has ended in time."""
    state = docker.state_of(service.container)
    if state is None or not state.running:
        return True
    limit = plan.change.drain_timeout_seconds
    say(f"draining {service.name}, for {limit} s at most")
    # The engine would start it again when it ends.
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
