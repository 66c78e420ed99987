#!/usr/bin/env bash
# Applies package 2, or a product's own Terraform, for one project:
#
#   runner.sh apply|plan|destroy <settings> <parameters> <output>
#
# settings    lines `key=value`, written by package 1 (settings.tf)
# parameters  lines `Name=<base64>`: what was typed on the form, and Stack, whose project it is
# output      written only on success: one word for CloudFormation
#
# One run at a time works on a project (lease.sh), for the stack that the project belongs to (owner.sh).
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
. "$here/lease.sh"
. "$here/owner.sh"
. "$here/objects.sh"
. "$here/log.sh"
. "$here/record.sh"
. "$here/applied.sh"
. "$here/event.sh"
. "$here/state.sh"
. "$here/terraform.sh"
. "$here/project.sh"
. "$here/deletion.sh"
. "$here/deployment.sh"
. "$here/adoption.sh"
. "$here/product.sh"

main() {
  local action=${1:-} status
  [[ $# -eq 4 && $action =~ ^(apply|plan|destroy)$ ]] || usage
  readonly output_file=$4
  work=$(mktemp -d)
  readonly work
  reason_file=$work/reason

  settings_read "$2"
  # How long a run waits for another one: for its lease, and then for Terraform's lock.
  readonly lock_timeout=${settings[lock_timeout_seconds]:-600}s
  parameters_read "$3"
  applied_inputs "$2" "$3"
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
  lease_who
  parameters_check
  phase "Take the lease"
  owner_check "$1" || return 0
  lease_take "$1"
  # Once more: while this run waited, another stack may have taken the project.
  owner_check "$1" || return 0
  if [[ $1 != plan ]]; then
    owner_claim "$1" || return 0
  fi
  state_check
  phase "Fetch the release"
  release_fetch
  phase "Install Terraform ${settings[terraform_version]}"
  terraform_install
  phase "Initialize"
  terraform_init
  lease_unlock_dead
  deployment_keep_repository
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
    # In subshells: whatever fails here, the record is written and the lease given back.
    (lease_unlock_own) || say "Terraform's lock could not be looked at."
    (project_rescue_state) ||
      printf ' The newest state could neither be written nor kept; the next run looks for what it knew (docs/operations.md, "A state that could not be written").' >>"$work/reason"
    if [[ $action == apply ]]; then
      (project_undo_creation) || printf ' What had been created could not be looked after; the log says why.' >>"$work/reason"
    fi
    say "FAILED: $(cat "$work/reason")"
  elif [[ -e $work/skipped ]]; then
    say "SKIPPED: $(cat "$work/reason")"
  else
    say "Succeeded."
  fi
  (record_write "$action" "$status") || say "The run record could not be written."
  (event_send) || say "That the run has ended could not be told."
  (owner_interrupted) || say "That a run was interrupted could not be noted."
  (lease_release) || say "The lease could not be given back; it counts as given back as soon as this machine is gone."
  exit $((status != 0))
}

main "$@"
