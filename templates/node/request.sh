#!/bin/sh
# Sends a request to a node and waits for its report. $0 is the verb. request.ts documents the environment and exit codes.
# sanitize.sh, traffic-routing.sh and send.sh are rendered in front. The Pulumi state keeps the script and runs it to delete a
# node, so it has to read the reports of later agents, and those of earlier ones after a rollback.
set -u
verb=$0
nonce="$verb-$(date +%s)-$$"
desired="s3://$BUCKET/nodes/$NODE/desired"
report="s3://$BUCKET/nodes/$NODE/report"
log="s3://$BUCKET/logs/$NODE"

say() { printf '%s: %s\n' "$NODE" "$1" | sanitize >&2; }
now() { date +%s; }
# By default, the aws command waits minutes for a region that is down.
call_aws() { aws "$@" --cli-connect-timeout 10; }
copy() { call_aws s3 cp --region "$AWS_REGION" --only-show-errors "$@"; }
remove() { error=$(call_aws s3 rm --region "$AWS_REGION" --only-show-errors "$1" 2>&1) || { say "$error"; return 1; }; }

most_report_bytes=65536
# A node sends at most 524288 characters of a log (logs.py).
most_log_bytes=4194304
# Prints at most $2 bytes of an object that a node writes: it can have any size.
read_object() {
  failure=$({ { copy "$1" - 3>&- || echo failed >&3; } | head -c "$2" >&4; } 3>&1)
  [ -z "$failure" ]
} 4>&1

command -v aws >/dev/null 2>&1 || {
  printf '%s: the aws command is not on PATH. Install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html\n' "$NODE" >&2
  exit 1
}

# Calls that AWS throttles, beyond the retries of the aws command itself, are retried ten times. Standard output passes.
retry_throttled() {
  tries=0
  until { error=$("$@" 2>&1 >&3 3>&-); } 3>&1; do
    case $error in
      *Throttl*|*SlowDown*) tries=$((tries + 1)) ;;
      *) tries=10 ;;
    esac
    [ "$tries" -lt 10 ] || { printf '%s\n' "$error" | sanitize >&2; return 1; }
    sleep "$REQUEST_POLL_SECONDS"
  done
}

# Sets what the node reports about this request. The status is empty without a report.
status= bundle= phase= text= problem=
read_report() {
  status= bundle= phase= text=
  if answer=$(read_object "$report" "$most_report_bytes" 2>&1); then
    # The aws command may print a warning before the report.
    answer=$(printf '%s\n' "$answer" | sed -n "/^$nonce /,\$p")
    text=$(printf '%s\n' "$answer" | tail -n +2)
    # NONCE STATUS BUNDLE [PHASE]
    read -r _ status bundle phase _ <<REPORT
$(printf '%s\n' "$answer" | head -n 1)
REPORT
    return 0
  fi
  # The command fails where its output is cut. Its own errors are short, and a character has at most four bytes.
  [ "${#answer}" -lt "$((most_report_bytes / 4))" ] || answer="its report has more than $most_report_bytes bytes"
  case $answer in
    *NoSuchBucket*) ;;
    *404*|*NoSuchKey*) return 0 ;;
  esac
  # Expired credentials or a lost network may come back. Prints each error once.
  [ "$answer" = "$problem" ] || say "$answer"
  problem=$answer
}

# Waits until the node reports a final status, for $1 seconds at most, and $2 seconds for its first report.
wait_for_answer() {
  started=$(now) progress= notice=60
  while :; do
    read_report
    case $status in
      healthy|drained|refused|failed) return 0 ;;
      working)
        # LiveKit serves its calls while it drains, so there is time to deregister. Agents of the first release, which run
        # again after a rollback, report no phase.
        case $phase/$text in draining/*|/"draining livekit"*) deregister ;; esac
        [ "$text" = "$progress" ] || say "$text"
        progress=$text
        ;;
    esac
    waited=$(($(now) - started))
    [ "$waited" -lt "$1" ] || return 1
    if [ -z "$progress" ]; then
      [ "$waited" -lt "$2" ] || return 1
      [ "$verb" != logs ] || resend_if_replaced "$(($2 - waited))" || return 1
      if [ "$waited" -ge "$notice" ]; then
        say "has not started the request for $waited s; a new instance first installs its packages"
        notice=$((notice + 60))
      fi
    fi
    sleep "$REQUEST_POLL_SECONDS"
  done
}

# Two commands that find the node idle at the same moment both write their request, and the node may read only the second.
# Only logs are requested again: the node may have started this request, and a repeated apply would undo a later rollback.
resend_if_replaced() {
  read_request && [ -n "$last" ] && [ "$last" != "$nonce" ] || return 0
  say "another command has replaced this request: ${last%%-*}"
  wait_until_idle "$1" && send
}

# Waits until the node has answered its last request, for $1 seconds at most. Unlike other requests, logs replace none.
wait_until_idle() {
  began=$(now) waits_for=
  while :; do
    read_request || {
      say "got no new request, because its last one at $desired could not be read: $last"
      return 1
    }
    [ -n "$last" ] || return 0
    answer=$(read_object "$report" "$most_report_bytes" 2>/dev/null)
    step="has not started it"
    case $answer in
      "$last working "*) step="reports: $(printf '%s\n' "$answer" | sed -n 2p)" ;;
      "$last "*) break ;;
    esac
    sent=$(printf '%s' "$last" | sed -n 's/^[a-z]*-\([0-9]\{1,12\}\)-[0-9]*$/\1/p')
    [ "$(($(now) - began))" -lt "$1" ] || {
      say "got no new request, because it works on another: ${last%%-*}${sent:+, sent $(($(now) - sent)) s ago}. It $step"
      say "Waited $1 s. Run the command again once that has ended. If it does not end, read $(console)"
      return 1
    }
    [ "$step" = "$waits_for" ] || say "waits up to $1 s for its last request, ${last%%-*}. It $step"
    waits_for=$step
    sleep "$REQUEST_POLL_SECONDS"
  done
  # Gives the command of the last request, which polls as well, the time to read its answer before this one replaces it.
  [ -z "$waits_for" ] || { sleep "$REQUEST_POLL_SECONDS"; sleep "$REQUEST_POLL_SECONDS"; }
}

console() {
  printf '%s' "its console: aws ec2 get-console-output --latest --output text --region ${NODE_REGION:-$AWS_REGION} --instance-id ${INSTANCE:-ID}"
}

serve() {
  # Without a version, the node can't distinguish this bundle from the previous one.
  [ "$verb" != apply ] || [ -n "${BUNDLE:-}" ] || {
    say "got no request, because its bundle s3://$BUCKET/bundles/$NODE.json has no version. S3 may take 15 minutes to enable versioning in a new bucket, and stored this object before. Run: pulumi up --refresh"
    exit 1
  }
  send || {
    [ -z "$deregistered" ] || register
    say "the request could not be written to $desired. See the error above"
    exit 1
  }
  wait_for_answer "$TIMEOUT_SECONDS" "$TIMEOUT_SECONDS" || {
    # A node that has started nothing still serves. Health checks find a dead one.
    [ -z "$deregistered" ] || [ -n "$progress" ] || register
    say "has not become healthy within $TIMEOUT_SECONDS s; last message: ${progress:-none}"
    say "Read $(console)"
    exit 1
  }
  [ "$status $verb" != "healthy apply" ] || [ "$bundle" = "$SHA256" ] || { status=failed; text="healthy, but with bundle $bundle in place of $SHA256"; }
  case $status in
    healthy) register; wait_until_registered ;;
    # The previous services still run.
    refused) [ -z "$deregistered" ] || register; say "$status. $text"; exit 1 ;;
    *) say "$status. $text"; exit 1 ;;
  esac
  printf '%s: healthy. %s\n' "$NODE" "$text" | sanitize
}

content=
# The log contains participants' addresses, so this command deletes its own, however it ends. Another command's log stays.
remove_log() {
  [ -n "$content" ] || may_be_own_log || return 0
  remove "$log" || say "warning: could not delete the log at $log"
}
may_be_own_log() {
  found=$(read_object "$log" "$most_log_bytes" 2>&1) || case $found in *404*|*NoSuchKey*) return 1 ;; *) return 0 ;; esac
  printf '%s\n' "$found" | grep -q "^$nonce\$"
}
read_log() { read_object "$log" "$most_log_bytes" 2>/dev/null | sed -n "/^$nonce\$/,\$p"; }

logs() {
  wait_until_idle "$TIMEOUT_SECONDS" || exit 1
  trap remove_log EXIT
  trap 'exit 1' HUP INT TERM
  send || {
    say "the request could not be written to $desired. See the error above"
    exit 1
  }
  wait_for_answer "$TIMEOUT_SECONDS" "$TIMEOUT_SECONDS" || {
    say "has not answered within $TIMEOUT_SECONDS s; last message: ${progress:-none}"
    exit 1
  }
  content=$(read_log)
  [ -n "$content" ] || { say "$status. $text"; exit 1; }
  printf '%s\n' "$content" | tail -n +2 | sanitize
  [ "$status" = healthy ] || say "$text"
}

# The next instance must not find this one's request.
withdraw() {
  remove "$desired" || say "warning: could not delete the request at $desired"
}

# Whether the bucket's region is down. A single failure may be the operator's own network.
is_region_down() {
  is_unreachable || return 1
  sleep "$REQUEST_RETRY_SECONDS"
  is_unreachable
}
is_unreachable() {
  ! answer=$(read_object "$report" "$most_report_bytes" 2>&1) || return 1
  case $answer in
    *"ould not connect"*|*imeout*|*ServiceUnavailable*|*InternalError*) return 0 ;;
    # The aws command begins with a HEAD request, whose response has no error code of S3.
    *"Service Unavailable"*|*"Internal Server Error"*) return 0 ;;
  esac
  return 1
}

drain() {
  deregister
  # A node that can't be asked, because the primary region is down, must still be replaceable.
  if is_region_down; then
    say "warning: its bucket does not answer, so it is deleted without a drain: $answer"
    return 0
  fi
  wait_for_propagation
  if problem=$(send 2>&1); then
    if wait_for_answer "$TIMEOUT_SECONDS" "$REQUEST_START_SECONDS"; then
      say "$status. $text"
      # Without a bundle, a node carries no calls.
      [ "$status" != refused ] || [ "${bundle:--}" = - ] || [ -n "${REQUEST_SKIP_DRAIN:-}" ] || {
        say "is not deleted, because it would cut its calls. To delete it without a drain, set REQUEST_SKIP_DRAIN=1"
        withdraw
        [ -z "$deregistered" ] || register
        exit 1
      }
    elif [ -z "$progress" ]; then
      say "warning: does not answer, so it is deleted without a drain"
    else
      say "warning: has not finished its drain within $TIMEOUT_SECONDS s, and is deleted; last message: $progress"
    fi
    withdraw
    return 0
  fi
  case $problem in
    *NoSuchBucket*) say "warning: its bucket does not exist, so it is deleted without a drain" ;;
    # KMS has deleted or disabled the key.
    *NotFoundException*"Sign operation"*|*KMSInvalidState*"Sign operation"*|*DisabledException*"Sign operation"*)
      say "warning: its requests can't be signed, so it is deleted without a drain: $problem"
      ;;
    *)
      say "$problem"
      say "the request could not be written to $desired"
      # It keeps serving.
      [ -z "$deregistered" ] || register
      exit 1
      ;;
  esac
}

case $verb in
  apply|rollback) serve ;;
  maintain) deregister; wait_for_propagation; serve ;;
  drain) drain ;;
  logs) logs ;;
  withdraw) withdraw ;;
  *) say "unknown request $verb"; exit 2 ;;
esac
