#!/bin/sh
# Part of the request script that deregisters a node from its region's traffic routing, and registers it again.
# request.sh defines say, now, call_aws and retry_throttled.

# The node's part in its region's traffic routing: a load balancer's target groups, or the health check of its record.
is_routed() { [ -n "${TARGET_GROUPS:-}${HEALTH_CHECK:-}" ]; }
change_targets() {
  for group in ${TARGET_GROUPS:-}; do
    call_aws elbv2 "$1" --region "${NODE_REGION:-$AWS_REGION}" --target-group-arn "$group" --targets "Id=$INSTANCE" >/dev/null || return 1
  done
}
change_health_check() {
  [ -z "${HEALTH_CHECK:-}" ] || call_aws route53 update-health-check --health-check-id "$HEALTH_CHECK" "$@" >/dev/null
}

# Empty, then `failed` or `yes`.
deregistered=
deregister() {
  is_routed && [ -z "$deregistered" ] || return 0
  deregistered=failed
  # A disabled check is always healthy; inverted, it never is. An inverted check that is enabled would be healthy as soon as
  # LiveKit stops answering. A target or check that does not exist any more gets no joins, so an error is only a warning.
  if failure=$({ retry_throttled change_targets deregister-targets && retry_throttled change_health_check --disabled --inverted; } 2>&1); then
    say "takes no new joins"
    deregistered=yes
  else
    say "warning: could not be deregistered from its region's traffic routing: $failure"
  fi
}
# Clients that have resolved its address keep joining until the record expires.
wait_for_propagation() { [ "$deregistered" != yes ] || sleep "$REQUEST_PROPAGATION_SECONDS"; }
register() {
  is_routed || return 0
  retry_throttled change_targets register-targets && retry_throttled change_health_check --no-disabled --no-inverted || {
    say "serves, but could not be registered in its region's traffic routing. See the error above, and run pulumi up --refresh"
    exit 1
  }
}

# The next node is deregistered only after Route 53 or the load balancer finds this one healthy. Otherwise both would be out.
wait_until_registered() {
  [ -z "${HEALTH_CHECK:-}" ] || wait_for_propagation
  for group in ${TARGET_GROUPS:-}; do wait_for_target "$group"; done
}
wait_for_target() {
  started=$(now) limit=$REQUEST_HEALTH_SECONDS
  # The aws command may print a warning before the state.
  until state=$(target_state "$1") && printf '%s\n' "$state" | grep -q '^healthy'; do
    # Waiting does not grant a missing permission.
    case $state in *AccessDenied*) limit=0 ;; esac
    [ $(($(now) - started)) -lt "$limit" ] || {
      say "serves, but its load balancer does not find it healthy: $state"
      say "List its targets with: aws elbv2 describe-target-health --region ${NODE_REGION:-$AWS_REGION} --target-group-arn $1, and run pulumi up again once this one is healthy"
      exit 1
    }
    [ -n "${waits_for_target:-}" ] || say "waits until its load balancer finds it healthy"
    waits_for_target=yes
    sleep "$REQUEST_POLL_SECONDS"
  done
}
# The state and, of an unhealthy target, the reason.
target_state() {
  call_aws elbv2 describe-target-health --region "${NODE_REGION:-$AWS_REGION}" --target-group-arn "$1" --targets "Id=$INSTANCE" --query 'TargetHealthDescriptions[0].TargetHealth.[State,Reason,Description]' --output text 2>&1
}
