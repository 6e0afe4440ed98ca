"""A machine of newer packages: its calls end, and it restarts."""

import time

import drains
import packages
import state
from commands import run
from plan import Plan, Say
from state import OneShotRequest

# The end of the machine is the end of this program as well.
_WAIT_SECONDS = 300


def restart(nonce: str | None, plan: Plan, say: Say) -> None:
    """Does not come back."""
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
