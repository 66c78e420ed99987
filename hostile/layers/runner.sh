#!/usr/bin/env bash
# What hostile/layers/runner.py has the runner's own functions do:  runner.sh <runner> <folder>
#
# The folder has `settings`, `right` (a form of right values), hostile parts of forms, and `asked`: lines with a part and its fields.
# Each part is read, and written unchecked with the rest of a right form; then each of its values is checked among right ones.
# Answers: part, field, status, reason, and what a hook has given to the AWS CLI.
set -euo pipefail
export LC_ALL=C
runner=$1
cd "$2"
mkdir empty
for part in failure json settings parameters deployment deletion adoption product; do
  # shellcheck source=/dev/null
  . "$runner/$part.sh"
done
# shellcheck disable=SC2034 # the runner's own names
work=$PWD reason_file=$PWD/reason project_id=p-abc123 prefix=ml-p-abc123 lock_timeout=1s
settings_read settings
declare -A right=() tried=()
parameters_read right
for name in "${!parameters[@]}"; do right["$name"]=${parameters["$name"]}; done
: >addresses

copy_right() {
  local name
  parameters=()
  for name in "${!right[@]}"; do parameters["$name"]=${right["$name"]}; done
  # Of a product with a pipeline the address follows from the repository.
  [[ -z ${right["CodeStarConnectionArn"]:-} ]] || parameters["GitRepoURL"]=""
}

# What a product's hooks do with a value that was not refused.
# shellcheck disable=SC2329 # the hooks call these functions
hook() {
  [[ " $HOOKED " == *" $1 "* ]] || return 0
  aws() {
    local argument
    for argument; do printf '%s\0' "$argument"; done >>"$work/calls"
    printf 'p-abc123\n'
  }
  adopt_now() { :; }
  # shellcheck source=/dev/null
  . "$HOOKS"
  printf '%s\n' module.inference.aws_iam_role.inference >"$work/addresses"
  ! declare -F product_adopt >/dev/null || product_adopt
  ! declare -F product_prepare >/dev/null || product_prepare
}

# answer <form> <field> <status> <reason>
answer() {
  printf '%s\0%s\0%s\0%s\0' "$1" "$2" "$3" "$4"
  [[ ! -s calls ]] || cat calls
  printf '\n\0'
}

# one <form> <fields>: in a subshell, which ends where the runner would.
one() {
  local form=$1 name status why told
  shift
  parameters=() tried=()
  parameters_read "$form"
  : >finished
  for name in "${!parameters[@]}"; do tried["$name"]=${parameters["$name"]}; done
  copy_right
  for name in "${!tried[@]}"; do parameters["$name"]=${tried["$name"]}; done
  parameters_write "$form.json"
  for name; do
    : >reason
    : >calls
    set +e
    (
      set -e
      copy_right
      parameters["$name"]=${tried["$name"]}
      cd empty
      parameters_check
      hook "$name"
    ) >/dev/null 2>said
    status=$?
    set -e
    IFS= read -r -d '' why <reason || :
    IFS= read -r -d '' told <said || :
    answer "$form" "$name" "$status" "$why$told" >&3
  done
}

# What a right form becomes, for the places behind the runner.
copy_right
parameters_check >/dev/null
parameters_write right.json

exec 3>&1
while read -r form hostile; do
  rm -f finished
  set +e
  # shellcheck disable=SC2086 # names of fields are letters
  (
    set -e
    one "$form" $hostile
  ) 2>said.form
  status=$?
  set -e
  if [[ -e finished ]]; then
    ((status == 0)) || { cat said.form >&2; exit 1; }
    continue
  fi
  IFS= read -r -d '' told <said.form || :
  for name in $hostile; do answer "$form" "$name" "$status" "${told%$'\n'}"; done
done <asked
