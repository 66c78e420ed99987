# shellcheck shell=bash
# The account's settings: data, read line by line and never sourced.
declare -gA settings=()

settings_read() {
  local line key value
  while IFS= read -r line || [[ -n $line ]]; do
    key=${line%%=*}
    value=${line#*=}
    if [[ $line != *=* || ! $key =~ ^[a-z][a-z0-9_]*$ || ! $value =~ ^[A-Za-z0-9_./:=@+,-]*$ ]]; then
      echo "The runner's settings are damaged at \"$key\". Apply package 1 again." >&2
      exit 1
    fi
    settings[$key]=$value
  done <"$1"

  if [[ ! ${settings[lock_timeout_seconds]:-600} =~ ^[0-9]{1,5}$ ]]; then
    echo "The runner's settings are damaged at \"lock_timeout_seconds\". Apply package 1 again." >&2
    exit 1
  fi
  for key in name region state_bucket lock_table kms_key_arn log_group release_version product \
    github_base_url github_api_url github_secret_arn \
    project_setup_key project_setup_sha256 platform_key platform_sha256 terraform_version terraform_sha256_linux_amd64; do
    if [[ -z ${settings[$key]:-} ]]; then
      echo "The runner's settings lack \"$key\". Apply package 1 again." >&2
      exit 1
    fi
  done
}
