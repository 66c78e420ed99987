# shellcheck shell=bash
# What a run does to the project's resources. A second run for the same project waits for the first one's lock.
readonly lock_timeout=600s

project_apply() {
  phase "Plan"
  project_make_plan
  project_is_new
  phase "Apply"
  terraform_run apply -lock-timeout="$lock_timeout" "$work/plan" || fail "terraform apply failed: $(terraform_error)"
  project_output
}

# Reports what an apply would change, and changes nothing.
project_plan() {
  phase "Plan"
  project_make_plan
  printf '%s\n' "$([[ $(cat "$work/changes") == true ]] && echo changes || echo no-changes)" >"$work/output"
}

project_destroy() {
  project_is_new
  if [[ -e $work/new ]]; then
    say "The state holds nothing."
  else
    deletion_prepare
  fi
  phase "Plan the destruction"
  project_make_plan -destroy
  if [[ $(cat "$work/changes") == true ]]; then
    phase "Destroy"
    terraform_run apply -lock-timeout="$lock_timeout" "$work/plan" || fail "terraform destroy failed: $(terraform_error)"
  fi
  deletion_forget_state
  printf 'destroyed-%s\n' "${settings[release_version]}" >"$work/output"
}

# project_make_plan [-destroy]: exit status 2 says that there are changes.
project_make_plan() {
  local status=0
  terraform_run plan "$@" -detailed-exitcode -lock-timeout="$lock_timeout" -out="$work/plan" || status=$?
  case $status in
    0) printf false >"$work/changes" ;;
    2) printf true >"$work/changes" ;;
    *) fail "terraform plan failed: $(terraform_error)" ;;
  esac
}

# New is a project whose state holds no resource. Asked after the plan: should another run fill the state in between,
# Terraform refuses the plan as stale, and this run creates nothing.
project_is_new() {
  terraform state pull >"$work/state" || fail "The state projects/$project_id/terraform.tfstate could not be read."
  if ! grep -q '"mode": "managed"' "$work/state"; then
    : >"$work/new"
  fi
  rm -f "$work/state"
}

# A creation that fails leaves nothing behind; an update that fails takes nothing away.
project_undo_creation() {
  [[ -e $work/new ]] && grep -q ': Creating\.\.\.$' "$work/terraform.out" || return 0
  say "== Take back what was created"
  if terraform_run destroy -auto-approve -lock-timeout="$lock_timeout"; then
    say "Nothing of the project is left."
    (deletion_forget_state) || say "The empty state stays until the project is deleted."
  else
    printf ' What had been created could not be removed (%s); its state is kept.' "$(terraform_error)" >>"$work/reason"
  fi
}

# CloudFormation wants one word: the seed's commit, or the release where the repository had code of its own.
project_output() {
  local commit
  commit=$(terraform output -no-color -raw commit_sha 2>/dev/null) || commit=""
  [[ $commit =~ ^[0-9a-f]{40}$ ]] || commit=ok-${settings[release_version]}
  printf '%s\n' "$commit" >"$work/output"
}
