"""
The node's own program: makes a Debian machine what its bundle says.

python3 <bundle>/agent apply [--nonce N] [--secrets VERSION]   makes this bundle the one in force
python3 <bundle>/agent resume [--nonce N]                      the same, with the secrets that it had when it last was
python3 <bundle>/agent rollback [--nonce N]                    makes the bundle before it the one in force
python3 <bundle>/agent drain [--nonce N]                       ends LiveKit with its last call
python3 <bundle>/agent maintain [--nonce N]                    upgrades the machine's packages and restarts it
python3 <bundle>/agent logs --nonce N                          sends the end of the log that LIVEKIT_REQUEST names
python3 <bundle>/agent certificate                             takes up or renews the certificate
python3 <bundle>/agent settle                                  takes up what had to wait for the last call to end
python3 <bundle>/agent watch                                   tells CloudWatch how the node is

Ends with 0 where it has reported what came of it.
"""

import argparse
import fcntl
import os
import sys
import traceback
from pathlib import Path

import layout
import packages
import state
from aws import Aws, AwsError
from errors import CommandFailed, Refused, Unhealthy
from files import untouched
from plan import Plan, read_plan
from redaction import Redactor
from report import Reporter
from state import OneShotRequest

FOLDER = Path(__file__).resolve().parent.parent
# Nobody waits for these: the next one comes by itself.
_UNASKED = ("certificate", "settle")


def main() -> int:
    arguments = _arguments()
    # Files and folders state their own modes.
    os.umask(0o022)
    if arguments.verb == "watch":
        return _watch()
    with open(layout.LOCK, "w") as lock:
        if not _take(lock.fileno(), wait=arguments.verb not in _UNASKED):
            return 0
        plan, redactor = read_plan(FOLDER), Redactor()
        aws = Aws(plan.region, plan.home)
        reporter = Reporter(aws, plan.bucket, plan.node, arguments.nonce, redactor)
        try:
            _run(arguments, plan, aws, redactor, reporter)
        except Refused as error:
            reporter.end("refused", str(error))
        except (Unhealthy, CommandFailed, OSError, *AwsError) as error:
            reporter.end("failed", f"{type(error).__name__}: {error}")
            return 1 if arguments.verb in _UNASKED else 0
        except Exception as error:
            # A fault of this program's own: where it is, the journal says.
            print(redactor.clean(traceback.format_exc()), file=sys.stderr, flush=True)
            reporter.end("failed", f"{type(error).__name__}: {error}")
            return 1 if arguments.verb in _UNASKED else 0
    return 0


def _watch() -> int:
    # What it needs is there: nothing starts it before the node serves.
    from watch import watch

    plan = read_plan(FOLDER)
    try:
        watch(plan, Aws(plan.region, plan.home))
    except AwsError as error:
        # Its silence is an alarm by itself.
        print(f"CloudWatch was not told: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def _run(arguments: argparse.Namespace, plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    if arguments.verb == "rollback":
        _hand_over(arguments.nonce)
    packages.install(plan.packages, reporter.working)
    # These need what has just been installed.
    import verbs

    request = verbs.Request(arguments.verb, arguments.nonce, arguments.secrets)
    verbs.run(request, FOLDER, plan, aws, redactor, reporter)


def _hand_over(nonce: str | None) -> None:
    """
    The bundle before has a program of its own, which knows it best. Takes this process' place.

    Asked once more, as after a restart, the same request goes back to the same bundle, and not from that to this one.
    """
    known = state.load()
    if known.one_shot is None or known.one_shot.nonce != nonce:
        if known.previous is None:
            raise Refused("there is no bundle before the one in force on this node")
        known.one_shot = OneShotRequest(nonce or "", known.previous.sha256)
        with untouched():
            state.save(known)
    program = layout.BUNDLES / (known.one_shot.sha256 or "") / "agent"
    again = ["resume", *(["--nonce", nonce] if nonce else [])]
    os.execv(sys.executable, [sys.executable, "-B", str(program), *again])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb")
    parser.add_argument("--nonce")
    parser.add_argument("--secrets")
    return parser.parse_args()


def _take(descriptor: int, wait: bool) -> bool:
    """One run at a time."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
