/** TTL of a node's record in its region. Clients stop joining an unreachable node this long after its check fails. */
export const entryTtlSeconds = 10;

/** Wait after deregistration, in seconds: Route 53's health-check propagation plus the record's TTL. */
export const leaveSeconds = 30 + entryTtlSeconds;

/** Longest wait until a load balancer finds a registered node healthy. A new target takes about three minutes. */
export const targetHealthSeconds = 600;

/**
 * Part of the request shell that deregisters a node from its region's traffic routing and registers it again. It is
 * POSIX and uses the shell's own `say`, `now` and `patiently`.
 */
export const entryScript = `# Each step of the entry: a load balancer's target groups, or the health check of the node's record.
entry_has() { [ -n "\${TARGET_GROUPS:-}\${HEALTH_CHECK:-}" ]; }
targets() {
  for group in \${TARGET_GROUPS:-}; do
    aws elbv2 "$1" $impatient --region "\${NODE_REGION:-$AWS_REGION}" --target-group-arn "$group" --targets "Id=$INSTANCE" || return 1
  done
}
health() {
  [ -z "\${HEALTH_CHECK:-}" ] || aws route53 update-health-check --health-check-id "$HEALTH_CHECK" "$@" $impatient >/dev/null
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
forgotten() { [ "$left" != out ] || sleep "\${LEAVE_SECONDS:-${leaveSeconds}}"; }
enter() {
  entry_has || return 0
  patiently targets register-targets && patiently health --no-disabled --no-inverted || {
    say "serves, and could not be put back into its region's entry. The lines above say why; run pulumi up --refresh"
    exit 1
  }
}

# The next node must not leave before the load balancer or Route 53 finds this one healthy: both would be out.
await_entry() {
  [ -z "\${HEALTH_CHECK:-}" ] || forgotten
  for group in \${TARGET_GROUPS:-}; do await_target "$group"; done
}
await_target() {
  started=$(now) limit=\${HEALTH_SECONDS:-${targetHealthSeconds}}
  # A warning of the aws command may stand before the state.
  until seen=$(target_health "$1") && printf '%s\n' "$seen" | grep -q '^healthy'; do
    # A missing permission does not come by waiting.
    case $seen in *AccessDenied*) limit=0 ;; esac
    [ $(($(now) - started)) -lt "$limit" ] || {
      say "serves, and its load balancer does not find it healthy: $seen"
      say "See its targets with: aws elbv2 describe-target-health --region \${NODE_REGION:-$AWS_REGION} --target-group-arn $1, and run pulumi up again once this one is healthy"
      exit 1
    }
    [ -n "\${waits:-}" ] || say "waits until its load balancer finds it healthy"
    waits=yes
    sleep "\${POLL_SECONDS:-5}"
  done
}
# Its state, with the reason where it is not healthy.
target_health() {
  aws elbv2 describe-target-health $impatient --region "\${NODE_REGION:-$AWS_REGION}" --target-group-arn "$1" --targets "Id=$INSTANCE" --query 'TargetHealthDescriptions[0].TargetHealth.[State,Reason,Description]' --output text 2>&1
}
`;
