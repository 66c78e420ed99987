# shellcheck shell=bash
# The end of every run is an event on the account's default bus, with the run record in it.

event_send() {
  local failed
  # Not on the way of anything: a network without EventBridge must not hold the run up.
  printf '[{"Source": %s, "DetailType": "SageMaker Project Run Ended", "Resources": [], "Detail": %s}]\n' \
    "$(json_string "${settings[name]}")" "$(json_string "$(cat "$work/record.json")")" >"$work/event.json"
  if failed=$(AWS_MAX_ATTEMPTS=2 aws events put-events --entries "file://$work/event.json" --query FailedEntryCount --output text \
    --cli-connect-timeout 5 --cli-read-timeout 10 2>"$work/refusal") && [[ $failed == 0 ]]; then
    return 0
  fi
  say "The event of this run could not be sent: ${failed:-}$(refusal)"
}
