#!/usr/bin/env bash
# Applies package 2 for one project:
#
#   runner.sh apply|plan|destroy <settings> <parameters> <output>
#
# settings    lines `key=value`, written by package 1 (settings.tf)
# parameters  lines `Name=<base64>`, what was typed on the form
# output      written only on success: one word for CloudFormation
#
# Runs on Amazon Linux 2: bash 4.2, AWS CLI 1, coreutils, awk, sed, tar, curl. No jq, no Python.
set -euo pipefail
# Bytes, not characters: ranges and lengths mean the same everywhere.
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/failure.sh"
. "$here/json.sh"
. "$here/settings.sh"
. "$here/parameters.sh"
. "$here/objects.sh"
. "$here/log.sh"
. "$here/record.sh"
. "$here/terraform.sh"
. "$here/project.sh"
. "$here/deletion.sh"

main() {
  local action=${1:-} status
  [[ $# -eq 4 && $action =~ ^(apply|plan|destroy)$ ]] || usage
  readonly output_file=$4
  work=$(mktemp -d)
  readonly work

  settings_read "$2"
  parameters_read "$3"
  export AWS_REGION=${settings[region]} AWS_DEFAULT_REGION=${settings[region]}
  printf -v run_start '%(%s)T' -1
  run_stamp=$(utc "$run_start" %Y%m%dT%H%M%SZ)
  readonly run_start run_stamp
  project_id=$(parameters_project_id)
  readonly project_id
  readonly log_stream="$project_id/$action/$run_stamp"

  # A signal to the group reaches Terraform too, which then saves its state; the run ends by itself.
  trap : TERM INT HUP
  set +e
  (
    set -e
    trap 'fail "The run was stopped by a signal."' TERM INT HUP
    trap 'run_finish "$action" $?' EXIT
    run "$action"
  ) 2>&1 | log_collect
  status=${PIPESTATUS[0]}
  set -e

  if ((status == 0)); then
    cp "$work/output" "$output_file"
  fi
  rm -rf "$work"
  return "$status"
}

usage() {
  echo "usage: runner.sh apply|plan|destroy <settings> <parameters> <output>" >&2
  exit 2
}

# utc <seconds since 1970> <date format>
utc() { TZ=UTC0 date -d "@$1" "+$2"; }

run() {
  say "Release ${settings[release_version]}, product ${settings[product]}, project $project_id, action $1"
  parameters_check
  phase "Fetch the release"
  release_fetch
  phase "Install Terraform ${settings[terraform_version]}"
  terraform_install
  phase "Initialize"
  terraform_init
  case $1 in
    apply) project_apply ;;
    plan) project_plan ;;
    destroy) project_destroy ;;
  esac
}

# run_finish <action> <exit status>: the last thing a run does, however it ended.
run_finish() {
  local action=$1 status=$2
  trap - EXIT
  if ((status != 0)); then
    failure_explain
    if [[ $action == apply ]]; then
      project_undo_creation
    fi
    say "FAILED: $(cat "$work/reason")"
  else
    say "Succeeded."
  fi
  record_write "$action" "$status"
  exit $((status != 0))
}

main "$@"
