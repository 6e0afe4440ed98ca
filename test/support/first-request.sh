#!/bin/sh
# The request script of the first release, as the Pulumi state of running stacks keeps it. Its bytes stay.
set -u
verb=$0
nonce="$verb-$(date +%s)-$$"
desired="s3://$BUCKET/nodes/$NODE/desired"
report="s3://$BUCKET/nodes/$NODE/report"

say() { printf '%s: %s\n' "$NODE" "$1" >&2; }
# A region that is away answers nothing at all, and the aws command would wait for it for minutes.
impatient="--cli-connect-timeout 10"
copy() { aws s3 cp --region "$AWS_REGION" $impatient --only-show-errors "$@"; }
now() { date +%s; }

command -v aws >/dev/null 2>&1 || {
  say "the aws command is not on PATH. Install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
  exit 1
}

# What AWS throttles beyond the aws command's own patience is asked again, ten times: it costs less than a call that is cut.
patiently() {
  tries=0
  until words=$("$@" 2>&1); do
    case $words in
      *Throttl*|*SlowDown*) tries=$((tries + 1)) ;;
      *) tries=10 ;;
    esac
    [ "$tries" -lt 10 ] || { printf '%s\n' "$words" >&2; return 1; }
    sleep "${POLL_SECONDS:-5}"
  done
}

# Each step of the entry: a load balancer's target groups, or the health check of the node's record.
entry_has() { [ -n "${TARGET_GROUPS:-}${HEALTH_CHECK:-}" ]; }
targets() {
  for group in ${TARGET_GROUPS:-}; do
    aws elbv2 "$1" $impatient --region "${NODE_REGION:-$AWS_REGION}" --target-group-arn "$group" --targets "Id=$INSTANCE" || return 1
  done
}
health() {
  [ -z "${HEALTH_CHECK:-}" ] || aws route53 update-health-check --health-check-id "$HEALTH_CHECK" "$@" $impatient >/dev/null
}

left=
leave() {
  entry_has && [ -z "$left" ] || return 0
  left=yes
  # What is gone already takes no joins. Inverted alone would be healthy again as soon as LiveKit no longer answers: one that
  # does not ask is always healthy, and inverted never.
  if trouble_left=$({ patiently targets deregister-targets && patiently health --disabled --inverted; } 2>&1); then
    say "takes no new joins"
    left=out
  else
    say "warning: could not be taken out of its region's entry: $trouble_left"
  fi
}
# Clients that have its address go on joining until they ask for another.
forgotten() { [ "$left" != out ] || sleep "${LEAVE_SECONDS:-40}"; }
enter() {
  entry_has || return 0
  patiently targets register-targets && patiently health --no-disabled --no-inverted || {
    say "serves, and could not be put back into its region's entry. The lines above say why; run pulumi up --refresh"
    exit 1
  }
}

# The next node must not leave before the load balancer or Route 53 finds this one healthy: both would be out.
await_entry() {
  [ -z "${HEALTH_CHECK:-}" ] || forgotten
  for group in ${TARGET_GROUPS:-}; do await_target "$group"; done
}
await_target() {
  started=$(now) limit=${HEALTH_SECONDS:-600}
  # A warning of the aws command may stand before the state.
  until seen=$(target_health "$1") && printf '%s
' "$seen" | grep -q '^healthy'; do
    # A missing permission does not come by waiting.
    case $seen in *AccessDenied*) limit=0 ;; esac
    [ $(($(now) - started)) -lt "$limit" ] || {
      say "serves, and its load balancer does not find it healthy: $seen"
      say "See its targets with: aws elbv2 describe-target-health --region ${NODE_REGION:-$AWS_REGION} --target-group-arn $1, and run pulumi up again once this one is healthy"
      exit 1
    }
    [ -n "${waits:-}" ] || say "waits until its load balancer finds it healthy"
    waits=yes
    sleep "${POLL_SECONDS:-5}"
  done
}
# Its state, with the reason where it is not healthy.
target_health() {
  aws elbv2 describe-target-health $impatient --region "${NODE_REGION:-$AWS_REGION}" --target-group-arn "$1" --targets "Id=$INSTANCE" --query 'TargetHealthDescriptions[0].TargetHealth.[State,Reason,Description]' --output text 2>&1
}

ask() {
  case $verb in
    apply) request='{"verb":"apply","bundle":"'$BUNDLE'","sha256":"'$SHA256'","secrets":"'$SECRETS'","nonce":"'$nonce'"}' ;;
    logs) request='{"verb":"logs","service":"'$SERVICE'","lines":"'$LINES'","nonce":"'$nonce'"}' ;;
    *) request='{"verb":"'$verb'","nonce":"'$nonce'"}' ;;
  esac
  patiently hand_over
}
hand_over() { printf '%s\n' "$request" | copy - "$desired"; }

# Sets status, bundle and text to what the node says of this request; status is empty while it says nothing.
status= bundle= text= trouble=
look() {
  status= bundle= text=
  if answer=$(copy "$report" - 2>&1); then
    # A warning of the aws command may stand before the report.
    answer=$(printf '%s\n' "$answer" | sed -n "/^$nonce /,\$p")
    [ -n "$answer" ] || return 0
    first=$(printf '%s\n' "$answer" | head -n 1)
    text=$(printf '%s\n' "$answer" | tail -n +2)
    rest=${first#* }
    status=${rest%% *}
    bundle=${rest#* }
    return 0
  fi
  case $answer in
    *NoSuchBucket*) ;;
    *404*|*NoSuchKey*) return 0 ;;
  esac
  # Credentials that ended or a network that is away may come back: told once, and asked again.
  [ "$answer" = "$trouble" ] || say "$answer"
  trouble=$answer
}

# Waits until the node has said one of the final words, for $1 seconds at most. $2: seconds for its first word.
await() {
  started=$(now) told= notice=60
  while :; do
    look
    case $status in
      healthy|drained|refused|failed) return 0 ;;
      working)
        # LiveKit serves whoever is there while it drains: there is time.
        case $text in "draining livekit"*) leave ;; esac
        [ "$text" = "$told" ] || say "$text"
        told=$text
        ;;
    esac
    waited=$(($(now) - started))
    [ "$waited" -lt "$1" ] || return 1
    if [ -z "$told" ]; then
      [ "$waited" -lt "$2" ] || return 1
      if [ "$waited" -ge "$notice" ]; then
        say "has not taken up the request for $waited s; a new instance first installs what it needs"
        notice=$((notice + 60))
      fi
    fi
    sleep "${POLL_SECONDS:-5}"
  done
}

# Without a version the node could not tell this bundle from the one before.
versioned() {
  [ -n "${BUNDLE:-}" ] || {
    say "its bundle s3://$BUCKET/bundles/$NODE.json has no version, so the node is not asked. In a new bucket S3 may take 15 minutes until it keeps versions, and it took this object before. Run: pulumi up --refresh"
    exit 1
  }
}

serve() {
  [ "$verb" != apply ] || versioned
  ask || {
    [ -z "$left" ] || enter
    say "the request could not be written to $desired. The lines above say why"
    exit 1
  }
  await "$TIMEOUT_SECONDS" "$TIMEOUT_SECONDS" || {
    # A node that has begun nothing still serves; one that is dead is found out by the entry's own checks.
    [ -z "$left" ] || [ -n "$told" ] || enter
    say "has not become healthy within $TIMEOUT_SECONDS s; its last words: ${told:-none}"
    say "What its machine printed: aws ec2 get-console-output --latest --output text --region ${NODE_REGION:-$AWS_REGION} --instance-id ${INSTANCE:-ID}"
    exit 1
  }
  [ "$status $verb" != "healthy apply" ] || [ "$bundle" = "$SHA256" ] || { status=failed; text="healthy, but with bundle $bundle in place of $SHA256"; }
  case $status in
    healthy) enter; await_entry ;;
    # What served before still does.
    refused) [ -z "$left" ] || enter; say "$status. $text"; exit 1 ;;
    *) say "$status. $text"; exit 1 ;;
  esac
  printf '%s: healthy. %s\n' "$NODE" "$text"
}

# Waits until the node has answered its last request, for $1 seconds at most. One that is not answered yet must not be
# overwritten: the node reads the last one alone.
idle() {
  began=$(now) waits=
  while :; do
    last=$(copy "$desired" - 2>&1) || {
      case $last in
        *NoSuchBucket*) ;;
        *404*|*NoSuchKey*) return 0 ;;
      esac
      say "its last request at $desired could not be read, so it is not asked: $last"
      return 1
    }
    last=$(printf '%s\n' "$last" | sed -n 's/.*"nonce":"\([^"]*\)".*/\1/p')
    [ -n "$last" ] || return 0
    answer=$(copy "$report" - 2>/dev/null)
    words="has not taken it up"
    case $answer in
      "$last working "*) words="says: $(printf '%s\n' "$answer" | sed -n 2p)" ;;
      "$last "*) return 0 ;;
    esac
    time=$(printf '%s' "$last" | sed -n 's/^[a-z]*-\([0-9]\{1,12\}\)-[0-9]*$/\1/p')
    [ "$(($(now) - began))" -lt "$1" ] || {
      say "is at work on another request, and is not asked: ${last%%-*}${time:+ of $(($(now) - time)) s ago}. It $words"
      say "Waited $1 s. Run the command again once that has ended. If it does not end, look at what its machine printed: aws ec2 get-console-output --latest --output text --region ${NODE_REGION:-$AWS_REGION} --instance-id ${INSTANCE:-ID}"
      return 1
    }
    [ "$words" = "$waits" ] || say "waits up to $1 s for its last request, ${last%%-*}. It $words"
    waits=$words
    sleep "${POLL_SECONDS:-5}"
  done
}

kept="s3://$BUCKET/logs/$NODE"
remove_log() {
  aws s3 rm --region "$AWS_REGION" $impatient --only-show-errors "$kept" || say "warning: the log at $kept stays"
}

logs() {
  idle "$TIMEOUT_SECONDS" || exit 1
  # It holds participants' addresses, and does not stay however the command ends.
  trap remove_log EXIT
  trap 'exit 1' HUP INT TERM
  ask || {
    say "the request could not be written to $desired. The lines above say why"
    exit 1
  }
  await "$TIMEOUT_SECONDS" "$TIMEOUT_SECONDS" || {
    say "has not answered within $TIMEOUT_SECONDS s; its last words: ${told:-none}"
    exit 1
  }
  sent=$(copy "$kept" - 2>/dev/null | sed -n "/^$nonce\$/,\$p")
  [ -n "$sent" ] || { say "$status. $text"; exit 1; }
  printf '%s\n' "$sent" | tail -n +2
  [ "$status" = healthy ] || say "$text"
}

# The instance that follows must not find the request of this one. What is gone already is no hindrance.
withdraw() {
  aws s3 rm --region "$AWS_REGION" $impatient --only-show-errors "$desired" || say "warning: the request at $desired stays"
}

# Whether its bucket's region is away. One look that fails may be the operator's own network.
away() {
  unanswered || return 1
  sleep "${AWAY_SECONDS:-30}"
  unanswered
}
unanswered() {
  ! answer=$(copy "$report" - 2>&1) || return 1
  case $answer in
    *"ould not connect"*|*imeout*|*ServiceUnavailable*|*InternalError*) return 0 ;;
    # The answer to a HEAD, which the aws command begins with, has no code of S3's.
    *"Service Unavailable"*|*"Internal Server Error"*) return 0 ;;
  esac
  return 1
}

drain() {
  leave
  # The primary region is away: the node can't be asked, now or later, and has to be replaceable all the same.
  if away; then
    say "warning: its bucket does not answer, so it goes without a drain: $answer"
    return 0
  fi
  forgotten
  if refusal=$(ask 2>&1); then
    if await "$TIMEOUT_SECONDS" "${TAKE_UP_SECONDS:-120}"; then
      say "$status. $text"
    elif [ -z "$told" ]; then
      say "warning: does not answer, and goes without a drain"
    else
      say "warning: has not ended its drain within $TIMEOUT_SECONDS s, and goes; its last words: $told"
    fi
    withdraw
    return 0
  fi
  case $refusal in
    *NoSuchBucket*) say "warning: its bucket is gone, so it goes without a drain" ;;
    *)
      say "$refusal"
      say "the request could not be written to $desired"
      # It goes on serving.
      [ -z "$left" ] || enter
      exit 1
      ;;
  esac
}

case $verb in
  apply|rollback) serve ;;
  maintain) leave; forgotten; serve ;;
  drain) drain ;;
  logs) logs ;;
  withdraw) withdraw ;;
  *) say "unknown request $verb"; exit 2 ;;
esac
