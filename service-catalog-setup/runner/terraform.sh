# shellcheck shell=bash
# Terraform itself: the pinned version, from wherever it can be had with the pinned hash.
readonly terraform_releases=https://releases.hashicorp.com/terraform
mirror_gone=""

terraform_install() {
  local version=${settings[terraform_version]} archive=$work/terraform.zip name
  name=terraform_${version}_linux_amd64.zip
  if terraform_on_path; then
    say "Terraform $version is installed."
    return
  fi
  [[ $(uname -sm) == "Linux x86_64" ]] || fail "Runners need Linux on x86_64; this machine is $(uname -sm)."
  if ! mirror_fetch "${settings[mirror_terraform_key]:-}" "${settings[terraform_sha256_linux_amd64]}" "$archive" "$terraform_releases"; then
    curl --fail --silent --show-error --location --proto '=https' --retry 3 --max-time 300 \
      --output "$archive" "$terraform_releases/$version/$name" ||
      fail "Could not download $terraform_releases/$version/$name. Open the network to it, or mirror it (terraform_mirror_dir in package 1).$mirror_gone"
    file_verify "$archive" "${settings[terraform_sha256_linux_amd64]}" "$terraform_releases/$version/$name"
  fi
  mkdir -p "$work/bin"
  unpack "$archive" "$work/bin" || fail "Could not unpack $name."
  chmod 755 "$work/bin/terraform"
  PATH=$work/bin:$PATH
}

# mirror_fetch <key, or nothing> <sha256> <file> <where it is had otherwise>: status 1 when there is no mirror, or not this
# version in it any more: an account may take its mirror away or fill it anew, and its older projects still have to be deleted.
# What is there and is not what it should be is refused all the same.
mirror_fetch() {
  [[ -n $1 ]] || return 1
  if ! aws s3 cp --only-show-errors "s3://${settings[state_bucket]}/$1" "$3" 2>"$work/refusal"; then
    say "The mirror has no ${1##*/} any more, or it cannot be read; it is fetched from $4. $(refusal)"
    mirror_gone+=" The mirror's s3://${settings[state_bucket]}/$1 could not be read: $(refusal)"
    return 1
  fi
  file_verify "$3" "$2" "s3://${settings[state_bucket]}/$1"
}

terraform_on_path() {
  local first
  command -v terraform >/dev/null || return 1
  # To its end: a reader that leaves early breaks Terraform's pipe, and with pipefail the check.
  first=$(terraform version 2>/dev/null | sed -n '/^Terraform v/p') || return 1
  [[ ${first%%$'\n'*} == "Terraform v${settings[terraform_version]}" ]]
}

# unpack <zip> <folder>: Amazon Linux 2 has unzip on most images and Python on all.
unpack() {
  local python
  if command -v unzip >/dev/null; then
    unzip -q -o "$1" -d "$2"
    return
  fi
  for python in python3 python python2; do
    if command -v "$python" >/dev/null; then
      "$python" -m zipfile -e "$1" "$2"
      return
    fi
  done
  fail "There is neither unzip nor Python on this machine."
}

# Terraform takes the provider from the image's own mirror when the image names one, else from the state bucket, else from
# the registry; package 2's lock file decides whether it is the right one.
terraform_provider_mirror() {
  local key=${settings[mirror_provider_key]:-} folder=$work/mirror/registry.terraform.io/hashicorp/aws
  if [[ -n ${TF_CLI_CONFIG_FILE:-} || -z $key ]]; then
    return 0
  fi
  mkdir -p "$folder"
  mirror_fetch "$key" "${settings[mirror_provider_sha256]}" "$folder/${key##*/}" "registry.terraform.io" || return 0
  printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$work/mirror" >"$work/terraform.rc"
  export TF_CLI_CONFIG_FILE=$work/terraform.rc
}

terraform_init() {
  export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0 TF_REGISTRY_CLIENT_RETRY=3
  terraform_provider_mirror
  cd "$work/project-setup" || fail "The release has no project set-up."
  terraform_run init -lockfile=readonly \
    -backend-config="bucket=${settings[state_bucket]}" \
    -backend-config="key=projects/$project_id/terraform.tfstate" \
    -backend-config="region=${settings[region]}" \
    -backend-config="dynamodb_table=${settings[lock_table]}" \
    -backend-config="kms_key_id=${settings[kms_key_arn]}" \
    -backend-config="encrypt=true" ||
    fail "$(state_trouble "terraform init failed")$mirror_gone"
  : >"$work/initialized"
}

# terraform_run <command> <arguments>: its status is Terraform's; its output is kept for terraform_error.
terraform_run() {
  local command=$1 status=0
  shift
  terraform "$command" -input=false -no-color "$@" 2>&1 | tee "$work/terraform.out" || status=$?
  if ((status > 128)); then
    printf 'Error: Terraform was killed by signal %s.\n' $((status - 128)) | tee -a "$work/terraform.out"
  fi
  # A Terraform that was killed, has panicked or had no memory wrote no state. One that fails with an ordinary status has
  # written it, but a provider that was killed, or an answer that was lost, may have made what it did not hear of.
  if ((status != 0)) && [[ $command == apply || $command == destroy ]] && { ((status > 1)) || terraform_unheard; }; then
    owner_unwritten
  fi
  return "$status"
}

# Whether something that was being created is not said to be complete.
terraform_unheard() {
  awk '
    sub(/: Creating\.\.\.$/, "") { open[$0] = 1 }
    sub(/: Creation complete after .*$/, "") { delete open[$0] }
    END { for (address in open) exit 0; exit 1 }' "$work/terraform.out"
}

# The first error Terraform printed, on one line, without the source it points at; of a function's error only the message.
terraform_error() {
  awk '
    function plainly(text,   at, rest, end) {
      at = index(text, "{\"errorMessage\": \"")
      if (!at) return text
      rest = substr(text, at + 18)
      end = index(rest, "\", \"errorType\": ")
      if (!end) return text
      rest = substr(rest, 1, end - 1)
      gsub(/\\"/, "\"", rest)
      return substr(text, 1, at - 1) rest
    }
    function add(text) { gsub(/[ \t]+/, " ", text); sub(/^ /, "", text); if (text != "") out = out (out == "" ? "" : " ") text }
    /^Error: / && !found { found = 1; add(substr($0, 8)); next }
    found && /^(Error|Warning): / { exit }
    found && /^  (with|on) / { next }
    found && /^ +[0-9]+: / { next }
    found { add($0) }
    END { print out == "" ? "see the lines above" : substr(plainly(out), 1, 900) }' "$work/terraform.out"
}
