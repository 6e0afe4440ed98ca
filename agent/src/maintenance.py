"""Maintains the machine: drains its calls, upgrades its packages and restarts it."""

import time

import drains
import packages
import state
from commands import run
from plan import Plan, Say
from state import OneShotRequest

# Seconds to wait for the machine's restart, which ends this program.
_WAIT_SECONDS = 300


def restart(nonce: str | None, plan: Plan, say: Say) -> None:
    """Upgrades and restarts the machine. Does not return, because the restart ends this program."""
    if plan.change.policy == "drain":
        for service in plan.of_kind("livekit"):
            drains.livekit(service, plan, say)
    packages.upgrade(say)
    say("restarting the machine")
    known = state.load()
    known.one_shot = OneShotRequest(nonce or "")
    state.save(known)
    run("systemctl", "reboot")
    time.sleep(_WAIT_SECONDS)
