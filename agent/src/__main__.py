"""
The agent, the node's own program: applies a bundle to a Debian machine.

python3 <bundle>/agent apply [--nonce N] [--secrets VERSION]   makes this bundle the current one
python3 <bundle>/agent resume [--nonce N]                      the same, with the secrets that it had last time
python3 <bundle>/agent rollback [--nonce N]                    makes the previous bundle the current one
python3 <bundle>/agent drain [--nonce N]                       ends LiveKit with its last call
python3 <bundle>/agent maintain [--nonce N]                    upgrades the machine's packages and restarts it
python3 <bundle>/agent logs --nonce N                          sends the end of the log that LIVEKIT_REQUEST names
python3 <bundle>/agent certificate                             applies or renews the certificate
python3 <bundle>/agent settle                                  applies what had to wait for the last call to end
python3 <bundle>/agent watch                                   sends the node's metrics to CloudWatch

Exits with 0 if it has reported the result.
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
# Verbs that systemd timers run again. No operator's command waits for their report.
_WITHOUT_CLIENT = ("certificate", "settle")


def main() -> int:
    arguments = _arguments()
    # Sets a fixed umask. The code sets the mode of each of its own files and folders explicitly.
    os.umask(0o022)
    if arguments.verb == "watch":
        return _watch()
    with open(layout.LOCK, "w") as lock:
        if not _take(lock.fileno(), wait=arguments.verb not in _WITHOUT_CLIENT):
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
            return 1 if arguments.verb in _WITHOUT_CLIENT else 0
        except Exception as error:
            # An unexpected error is a bug of this program, so the journal gets the traceback.
            print(redactor.clean(traceback.format_exc()), file=sys.stderr, flush=True)
            reporter.end("failed", f"{type(error).__name__}: {error}")
            return 1 if arguments.verb in _WITHOUT_CLIENT else 0
    return 0


def _watch() -> int:
    # Its packages are already installed, because its timer starts only once the node serves.
    from watch import watch

    plan = read_plan(FOLDER)
    try:
        watch(plan, Aws(plan.region, plan.home))
    except AwsError as error:
        # Ignores errors here, because missing metrics trigger an alarm anyway.
        print(f"sending metrics to CloudWatch failed: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def _run(arguments: argparse.Namespace, plan: Plan, aws: Aws, redactor: Redactor, reporter: Reporter) -> None:
    if arguments.verb == "rollback":
        _hand_over(arguments.nonce)
    packages.install(plan.packages, reporter.working)
    # This import needs the packages that have just been installed.
    import verbs

    request = verbs.Request(arguments.verb, arguments.nonce, arguments.secrets)
    verbs.run(request, FOLDER, plan, aws, redactor, reporter)


def _hand_over(nonce: str | None) -> None:
    """
    Replaces this process with the previous bundle's own program, which knows that bundle best.

    If the same request is repeated, as after a restart, it goes to the same bundle again, and not back to this one.
    """
    known = state.load()
    if known.one_shot is None or known.one_shot.nonce != nonce:
        if known.previous is None:
            raise Refused("this node has no previous bundle to roll back to")
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
    """Takes the lock that allows one run at a time, and reports whether it has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
