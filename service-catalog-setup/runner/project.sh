# shellcheck shell=bash
# What a run does to the project's resources. It has the lease (lease.sh); Terraform's own lock keeps out everybody else.

project_apply() {
  # Somebody began this and did not come to an end; or another release had the project, whose runner could not know all that
  # a run of this one had made before it.
  if [[ -n $lease_dead || -e $work/unfinished ]] || owner_differs; then
    adoption_run
  fi
  phase "Plan"
  project_make_plan
  project_is_new
  state_check_filled
  lease_check
  objects_keep
  phase "Apply"
  : >"$work/changing"
  terraform_run apply -lock-timeout="$lock_timeout" "$work/plan" || fail "terraform apply failed: $(terraform_error)"
  lease_check
  owner_release_is "${settings[release_version]}"
  applied_write
  # What such a state knows, this run has looked for, or its owner's sign says who still has to.
  if [[ -z $lease_left ]]; then
    # The project is as it should be: this alone is no reason to go back.
    (project_forget_rescued) || say "An earlier run's errored.tfstate stays until the next run."
  fi
  project_output
}

# Reports what an apply would change, and changes nothing.
project_plan() {
  project_is_new
  state_check_filled
  if [[ -e $work/new ]]; then
    say "Nothing was ever applied, so nothing can have changed."
    printf false >"$work/changes"
    printf 'no-changes\n' >"$work/output"
    return
  fi
  phase "Plan"
  project_make_plan
  # Terraform calls it a change, too, when only an output would get another value, or a resource another address.
  if ! grep '^Plan: ' "$work/terraform.out" | grep -qv ': 0 to add, 0 to change, 0 to destroy\.$'; then
    printf false >"$work/changes"
  fi
  printf '%s\n' "$([[ $(cat "$work/changes") == true ]] && echo changes || echo no-changes)" >"$work/output"
}

project_destroy() {
  adoption_run
  project_is_new
  if [[ -e $work/new ]]; then
    say "The state holds nothing."
  else
    lease_check
    : >"$work/changing"
    deletion_prepare
  fi
  phase "Plan the destruction"
  project_make_plan -destroy
  lease_check
  if [[ $(cat "$work/changes") == true ]]; then
    phase "Destroy"
    terraform_run apply -lock-timeout="$lock_timeout" "$work/plan" || fail "terraform destroy failed: $(terraform_error)"
  fi
  lease_check
  project_tell_left
  deletion_forget_state
  printf 'destroyed-%s\n' "${settings[release_version]}" >"$work/output"
}

# Whose work this release cannot look for: in the run record, which is told, because nobody reads the log of a deletion that
# succeeded (docs/adr/0157).
project_tell_left() {
  local entry entries=() since release
  IFS=, read -r -a entries <<<"$(owner_left)"
  for entry in ${entries[@]+"${entries[@]}"}; do
    IFS='|' read -r _ since release <<<"$entry"
    printf 'release %s, run of %s\n' "$release" "$since" >>"$work/left"
    say "A run of release $release did not come to its end (begun $since). What only that one makes is not known to release $(owner_makes): \"make orphans\" shows whether something is left."
  done
}

# project_make_plan [-destroy]: exit status 2 says that there are changes.
project_make_plan() {
  local status=0 created
  terraform_run plan "$@" -detailed-exitcode -lock-timeout="$lock_timeout" -out="$work/plan" || status=$?
  case $status in
    0) printf false >"$work/changes" ;;
    2) printf true >"$work/changes" ;;
    *)
      if [[ $lease_action == plan ]] && grep -q 'acquiring the state lock' "$work/terraform.out" && grep -q ConditionalCheckFailed "$work/terraform.out"; then
        created=$(sed -n 's/^[^A-Za-z]*Created: *\([0-9-]*[ T][0-9:]*\).*/\1/p' "$work/terraform.out" | sed -n 1p)
        if lease_old "$created"; then
          fail "Not looked at, because somebody has Terraform's lock of this project$(lease_age "$created"): $(terraform_error) If nobody works on it any more, release it as docs/operations.md says under \"A lock that nobody holds\"."
        fi
        skip "Not looked at, because somebody else has Terraform's lock of this project: $(terraform_error)"
      fi
      fail "$(state_trouble "terraform plan failed")"
      ;;
  esac
  # "  # aws_s3_bucket.artifacts will be created", "… must be replaced", "… is tainted, so must be replaced", …
  awk '
    /^  # [^ (]/ {
      line = substr($0, 5)
      if (!match(line, / (is tainted, so must be|must be replaced|will be (created|destroyed|updated|replaced)|has (been deleted|changed))/)) next
      address = substr(line, 1, RSTART - 1)
      if (!seen[address]++ && ++count <= 50) print address
    }' "$work/terraform.out" >"$work/changed"
}

# New is a project whose state holds no resource. Asked after the plan: should another run fill the state in between,
# Terraform refuses the plan as stale, and this run creates nothing.
project_is_new() {
  if ! terraform state pull >"$work/state" 2>"$work/terraform.out"; then
    cat "$work/terraform.out"
    fail "$(state_trouble "The state projects/$project_id/terraform.tfstate could not be read")"
  fi
  if ! grep -q '"mode": "managed"' "$work/state"; then
    : >"$work/new"
  fi
  rm -f "$work/state"
}

# When Terraform cannot write its state where it belongs, it leaves it in its folder, which goes with this run.
project_rescue_state() {
  local file=$work/project-setup/errored.tfstate
  [[ -s $file ]] || return 0
  lease_is_ours || return 0
  if terraform state push -lock-timeout="$lock_timeout" "$file" >"$work/push" 2>&1; then
    say "The state that could not be written before is written now."
    return
  fi
  owner_unwritten
  ask "Keeping the state that could not be written" s3api put-object --bucket "${settings[state_bucket]}" \
    --key "projects/$project_id/errored.tfstate" --body "$file"
  printf ' The newest state could not be written; it is kept as projects/%s/errored.tfstate (docs/operations.md, "A state that could not be written").' "$project_id" >>"$work/reason"
}

# A rescued state that nobody needs any more. Its versions stay for as long as the state's do.
project_forget_rescued() {
  ask "Deleting a state that could not be written" s3api delete-object --bucket "${settings[state_bucket]}" \
    --key "projects/$project_id/errored.tfstate"
}

# A creation that fails leaves nothing behind; an update that fails takes nothing away.
project_undo_creation() {
  local unseen=""
  [[ -e $work/new && -e $work/terraform.out ]] && grep -q ': Creating\.\.\.$' "$work/terraform.out" || return 0
  if ! lease_is_ours; then
    printf ' What had been created stays, because this run has lost its lease.' >>"$work/reason"
    return 0
  fi
  say "== Take back what was created"
  # Terraform writes its state every 20 seconds: what a killed one had made last is in none.
  (
    # shellcheck disable=SC2034 # used by failure.sh
    reason_file=$work/unseen
    adoption_run
  ) || unseen=$(cat "$work/unseen" 2>/dev/null || printf 'the log says why')
  if terraform_run destroy -auto-approve -lock-timeout="$lock_timeout"; then
    if [[ -n $unseen ]]; then
      # The owner stays, so that the deletion looks again.
      printf ' What the state knew is removed; what no state knows could not be looked for (%s). Deleting the project looks again.' \
        "${unseen% }" >>"$work/reason"
      return 0
    fi
    say "Nothing of the project is left."
    (deletion_forget_state) || say "The empty state stays until the project is deleted."
    rm -f "$work/changed"
  else
    printf ' What had been created could not be removed (%s); its state is kept.' "$(terraform_error)" >>"$work/reason"
    [[ -z $unseen ]] || printf ' Nor could what no state knows be looked for (%s).' "${unseen% }" >>"$work/reason"
  fi
}

# CloudFormation wants one word: the seed's commit, or the release where the repository had code of its own. A product of its own
# may say it in its output `result`.
project_output() {
  local commit result
  if product_own; then
    result=$(terraform output -no-color -raw result 2>/dev/null) || result=""
    [[ $result =~ ^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$ ]] || result=ok-${settings[release_version]}
    printf '%s\n' "$result" >"$work/output"
    return
  fi
  commit=$(terraform output -no-color -raw commit_sha 2>/dev/null) || commit=""
  [[ $commit =~ ^[0-9a-f]{40}$ ]] || commit=ok-${settings[release_version]}
  printf '%s\n' "$commit" >"$work/output"
}
