# shellcheck shell=bash
# Objects of the release. Nothing is used whose content does not have the hash it was published under.

# object_fetch <key> <sha256> <file>
object_fetch() {
  aws s3 cp --only-show-errors "s3://${settings[state_bucket]}/$1" "$3" ||
    fail "Could not read s3://${settings[state_bucket]}/$1. Is the release still offered, and the network open?"
  file_verify "$3" "$2" "s3://${settings[state_bucket]}/$1"
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
