#!/bin/sh
# Part of the request script that signs and writes a request, and reads the last one. request.sh assigns the variables.
# shellcheck disable=SC2154

# Signs the request and writes it to the bucket. A node accepts only signed requests that name the node and its instance and
# are later than its last one.
send() {
  time=$(request_time)
  request='"verb":"'$verb'","nonce":"'$nonce'","time":"'$time'","node":"'$NODE'","instance":"'${INSTANCE:-}'"'
  case $verb in
    # Instances of earlier releases have no public key yet. They store the one of their first request.
    apply) request=$request',"bundle":"'$BUNDLE'","sha256":"'$SHA256'","secrets":"'$SECRETS'","publicKey":"'${PUBLIC_KEY:-}'"' ;;
    logs) request=$request',"service":"'$SERVICE'","lines":"'$LINES'"' ;;
  esac
  request="{$request}"
  # A stack of an earlier release has no key, until its next pulumi up.
  [ -z "${SIGNING_KEY:-}" ] || signature=$(retry_throttled sign_request) || return 1
  retry_throttled write_request
}
sign_request() {
  printf '%s\n' "$request" | call_aws kms sign --region "$AWS_REGION" --key-id "$SIGNING_KEY" --message fileb:///dev/stdin \
    --message-type RAW --signing-algorithm ECDSA_SHA_256 --query Signature --output text
}
signature=
write_request() {
  if [ -n "$signature" ]; then
    printf '%s\n' "$request" | copy --metadata "signature=$signature" - "$desired"
  else
    printf '%s\n' "$request" | copy - "$desired"
  fi
}

# The time is later than that of the last request, whose sender's clock may be fast by some minutes.
request_time() {
  time=$(now)
  ! read_request || [ "${last_time:-0}" -lt "$time" ] || [ "$last_time" -gt "$((time + 3600))" ] || time=$((last_time + 1))
  printf '%s' "$time"
}

# The puller reads no more of a request (puller.py).
most_request_bytes=16384

# Sets last to the nonce of the request in the bucket, and last_time to the request's time. Both are empty without a request.
# After a failure, last is the error.
read_request() {
  last_time=
  # Anyone who can write the bucket may have written the object.
  last=$(read_object "$desired" "$most_request_bytes" 2>&1) || {
    case $last in
      *NoSuchBucket*) return 1 ;;
      *404*|*NoSuchKey*) last=; return 0 ;;
    esac
    return 1
  }
  last_time=$(printf '%s\n' "$last" | sed -n 's/.*"time":"\([1-9][0-9]\{0,11\}\)".*/\1/p' | head -n 1)
  last=$(printf '%s\n' "$last" | sed -n 's/.*"nonce":"\([^"]*\)".*/\1/p' | head -n 1)
}
