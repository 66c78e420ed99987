# shellcheck shell=bash
# The state, seen from outside Terraform: is it there when it has to be, and what to do when it is not.
readonly state_help="docs/operations.md, \"A damaged state\""
# As S3 and DynamoDB pass on what KMS says: deleted, disabled, about to be deleted, or not for this role.
readonly state_key_errors='KMS\.(NotFound|Disabled|KMSInvalidState|InvalidState|AccessDenied)Exception|KMSAccessDeniedException'

# A state that is gone looks to Terraform like a project that was never made: it would make everything again.
state_check() {
  local key=projects/$project_id/terraform.tfstate
  [[ -n $owner_release ]] || return 0
  if aws s3api head-object --bucket "${settings[state_bucket]}" --key "$key" >"$work/answer" 2>"$work/refusal"; then
    return 0
  fi
  if grep -qE '\(404\)|Not Found|NoSuchKey' "$work/refusal"; then
    fail "The state of $project_id is gone: release $owner_release was applied, but s3://${settings[state_bucket]}/$key does not exist. Nothing was changed. Restore its last version ($state_help), then try again."
  fi
  fail "Whether the state of $project_id is there could not be looked up: $(refusal)"
}

# A project that was applied and whose state holds nothing has lost it all the same; only a destruction may find that.
state_check_filled() {
  [[ -z $owner_release || ! -e $work/new ]] ||
    fail "The state of $project_id holds nothing, but release $owner_release was applied. Nothing was changed. Restore the version that lists its resources ($state_help), or delete the project if its deletion had begun."
}

# What was done by then: a deletion comes back to the state when it has already stopped and removed things.
state_changed() {
  if [[ -e $work/changing ]]; then
    printf 'What this run had done before, its log says; it does nothing more.'
  else
    printf 'Nothing was changed.'
  fi
}

# state_trouble <what was tried>: why Terraform failed; when it is the state that is wrong, what to do about it. Of a wrong
# checksum Terraform advises to write the present one into the table, which would be wrong for a state that was damaged.
state_trouble() {
  local present stored
  if grep -qE "$state_key_errors" "$work/terraform.out"; then
    printf '%s: the key that encrypts the state of %s, %s, cannot be used: %s %s Bring the key back (cancel its deletion, enable it, or let this role use it), then try again: without it the state cannot be read by anybody (%s).' \
      "$1" "$project_id" "${settings[kms_key_arn]}" "$(terraform_error)" "$(state_changed)" "$state_help"
  elif grep -q 'does not have the expected content' "$work/terraform.out"; then
    present=$(sed -n 's/.*Calculated checksum: *\([0-9a-f]*\).*/\1/p' "$work/terraform.out" | sed -n 1p)
    stored=$(sed -n 's/.*Stored checksum: *\([0-9a-f]*\).*/\1/p' "$work/terraform.out" | sed -n 1p)
    printf 'The state of %s does not have the expected content: its checksum is %s, and the lock table has %s. Either a run died while it wrote the state, or somebody has changed it. %s Compare its versions, restore the right one, and put the checksum of that one into the lock table (%s).' \
      "$project_id" "${present:-none}" "${stored:-none}" "$(state_changed)" "$state_help"
  elif grep -qE 'Unsupported state file|(load|refresh|read|decod)(ing)? (the )?state' "$work/terraform.out"; then
    printf '%s: %s The state cannot be read. %s Restore a version that can be (%s).' "$1" "$(terraform_error)" "$(state_changed)" "$state_help"
  else
    printf '%s: %s' "$1" "$(terraform_error)"
  fi
}
