# shellcheck shell=bash
# The run record: what was done, when, and how it ended, beside the project's state.

# record_write <action> <exit status>
record_write() {
  local now outcome=succeeded reason=null holder=null key="projects/$project_id/runs/$run_stamp-$1.json"
  printf -v now '%(%s)T' -1
  if (($2 != 0)); then
    outcome=failed
  elif [[ -e $work/skipped ]]; then
    outcome=skipped
  fi
  if [[ $outcome != succeeded ]]; then
    reason=$(json_string "$(cat "$work/reason")")
  fi
  # Not beside the records of a project that belongs to somebody else.
  if [[ -e $work/foreign ]]; then
    key="projects/unknown/runs/$run_stamp-$1.json"
  fi
  [[ -z $lease_holder ]] || holder=$(json_string "$lease_holder")
  {
    printf '{"schema": 1,\n'
    printf ' "project": {"id": %s, "name": %s},\n' "$(json_string "$project_id")" "$(json_string "${parameters[SageMakerProjectName]:-}")"
    printf ' "product": %s,\n' "$(json_string "${settings[product]}")"
    printf ' "release": %s,\n' "$(json_string "${settings[release_version]}")"
    printf ' "action": "%s",\n' "$1"
    printf ' "holder": %s,\n' "$holder"
    printf ' "start": "%s",\n' "$(utc "$run_start" %Y-%m-%dT%H:%M:%SZ)"
    printf ' "end": "%s",\n' "$(utc "$now" %Y-%m-%dT%H:%M:%SZ)"
    printf ' "outcome": "%s",\n' "$outcome"
    printf ' "changes": %s,\n' "$(record_changes)"
    printf ' "changed": %s,\n' "$(record_list "$work/changed")"
    printf ' "kept": %s,\n' "$(record_list "$work/kept")"
    printf ' "left": %s,\n' "$(record_list "$work/left")"
    printf ' "reason": %s,\n' "$reason"
    printf ' "log": {"group": %s, "stream": %s}}\n' "$(json_string "${settings[log_group]}")" "$(json_string "$log_stream")"
  } >"$work/record.json"
  aws s3api put-object --bucket "${settings[state_bucket]}" --key "$key" --body "$work/record.json" \
    --content-type application/json >/dev/null ||
    say "The run record $key could not be written."
}

# true or false once there was a plan, null before
record_changes() {
  if [[ -s $work/changes ]]; then cat "$work/changes"; else printf null; fi
}

# record_list <file>: its lines. `changed` are the addresses that the last plan would touch, 50 at most; `kept` is what a
# deletion left standing because somebody chose to keep it; `left` are runs of other releases that had not come to their end
# before, and whose work this one may have left because it does not know it.
record_list() {
  local line list=""
  if [[ -s $1 ]]; then
    while IFS= read -r line; do
      list+="${list:+, }$(json_string "$line")"
    done <"$1"
  fi
  printf '[%s]' "$list"
}
