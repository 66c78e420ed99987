# shellcheck shell=bash
# The applied record: the inputs of the last apply that succeeded, for whoever runs the same again (drift, restore).

applied_write() {
  local now
  if [[ -z $runner_sha256 ]]; then
    say "This runner did not come from a release's archive, so what was applied cannot be recorded."
    applied_forget
    return
  fi
  printf -v now '%(%s)T' -1
  {
    printf 'release=%s\n' "${settings[release_version]}"
    printf 'product=%s\n' "${settings[product]}"
    printf 'runner_sha256=%s\n' "$runner_sha256"
    printf 'settings_sha256=%s\n' "$settings_sha256"
    printf 'parameters=%s\n' "$parameters_line"
    printf 'applied=%s\n' "$(utc "$now" %Y-%m-%dT%H:%M:%SZ)"
  } >"$work/applied"
  ask "Writing the record of what was applied" s3api put-object --bucket "${settings[state_bucket]}" \
    --key "projects/$project_id/applied" --body "$work/applied" --content-type text/plain
}

applied_forget() {
  ask "Deleting the record of what was applied" s3api delete-object --bucket "${settings[state_bucket]}" \
    --key "projects/$project_id/applied"
}

# applied_inputs <settings> <parameters>: what this run was started with, as whoever starts it again has to name it. The
# bootstrap leaves the runner's archive beside the settings.
applied_inputs() {
  local archive
  settings_file=$(cd "$(dirname "$1")" && pwd)/${1##*/}
  archive=$(dirname "$settings_file")/runner.tar.gz
  settings_sha256=$(sha256sum <"$1")
  settings_sha256=${settings_sha256%% *}
  runner_sha256=""
  if [[ -e $archive ]]; then
    runner_sha256=$(sha256sum <"$archive")
    runner_sha256=${runner_sha256%% *}
  fi
  parameters_line=$(tr -s '\n' ' ' <"$2")
  parameters_line=${parameters_line% }
}
