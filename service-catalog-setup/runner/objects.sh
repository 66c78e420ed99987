# shellcheck shell=bash
# Objects of the release. Nothing is used whose content does not have the hash it was published under.

# object_fetch <key> <sha256> <file>: from the release, or from the project's own copy when the release has gone.
object_fetch() {
  local copy=""
  copy=$(object_copy_key "$2" "${1##*/}")
  aws s3 cp --only-show-errors "s3://${settings[state_bucket]}/$1" "$3" 2>"$work/refusal" ||
    aws s3 cp --only-show-errors "s3://${settings[state_bucket]}/$copy" "$3" 2>>"$work/refusal" ||
    fail "Could not read s3://${settings[state_bucket]}/$1, nor the project's copy of it. Is the release still offered, and the network open? $(refusal)"
  file_verify "$3" "$2" "s3://${settings[state_bucket]}/$1"
}

object_copy_key() { printf 'projects/%s/objects/%s/%s' "$project_id" "$1" "$2"; }

# The project gets its own copies of what made it, before anything is made.
# Package 1 replaces its settings' objects with every change of a variable, and a release may be taken off the offer; what a
# project was made with has to be there for as long as it can be deleted, restored or compared (docs/adr/0100).
objects_keep() {
  local copies=$work/copies
  [[ -n $runner_sha256 ]] || return 0
  object_keep "$settings_file" "$settings_sha256" runner-settings
  object_keep "$(dirname "$settings_file")/runner.tar.gz" "$runner_sha256" runner.tar.gz
  object_keep "$work/project-setup.tar.gz" "${settings[project_setup_sha256]}" "${settings[project_setup_key]##*/}"
  object_keep "$work/project-setup/platform.auto.tfvars.json" "${settings[platform_sha256]}" "${settings[platform_key]##*/}"
  ask "Keeping copies of what the project is made with" s3 cp --recursive --only-show-errors "$copies" \
    "s3://${settings[state_bucket]}/projects/$project_id/objects"
}

object_keep() {
  mkdir -p "$work/copies/$2"
  cp "$1" "$work/copies/$2/$3"
}

# A deletion that is asked for again needs four of them when the release has gone: they go last.
objects_forget() {
  local purpose="Deleting the project's copies of what it was made with" copies
  copies=s3://${settings[state_bucket]}/projects/$project_id/objects
  ask "$purpose" s3 rm --recursive --only-show-errors "$copies" \
    --exclude "$settings_sha256/*" --exclude "${runner_sha256:-none}/*" --exclude "${settings[project_setup_sha256]}/*" \
    --exclude "${settings[platform_sha256]}/*"
  ask "$purpose" s3 rm --recursive --only-show-errors "$copies"
}

# file_verify <file> <sha256> <where it came from>
file_verify() {
  local found
  found=$(sha256sum <"$1")
  found=${found%% *}
  if [[ $found != "$2" ]]; then
    rm -f "$1"
    fail "$3 is not what the release says: its SHA-256 is $found, expected $2. Nothing of it was run."
  fi
}

release_fetch() {
  object_fetch "${settings[project_setup_key]}" "${settings[project_setup_sha256]}" "$work/project-setup.tar.gz"
  mkdir -p "$work/project-setup"
  tar -xzf "$work/project-setup.tar.gz" -C "$work/project-setup"
  object_fetch "${settings[platform_key]}" "${settings[platform_sha256]}" "$work/project-setup/platform.auto.tfvars.json"
  parameters_write "$work/project-setup/project.auto.tfvars.json"
}
