# shellcheck shell=bash
# Products that bring Terraform of their own (package 1's setting `setup` is `own`): everything that the runner knows of package 2
# does not concern them. What they want done beside Terraform, the file hooks.sh of their folder says, in two functions that may
# be missing. It comes with the Terraform, by the same hash.
#
#   product_adopt    looks for what a run has made and not written down: calls of `adopt` (adoption.sh)
#   product_prepare  stops or removes, before the destruction, what Terraform does not know
#
# They have $prefix (beginning of the names of what the project owns), $project_id, $parameters, $settings, `ask`, `say`, `fail`. What they
# give to the AWS CLI of $parameters they check first (`parameter_matches`): Terraform's own conditions are asked later.

product_own() { [[ ${settings[setup]:-} == own ]]; }

# The form's own constraints have been asked, and the variables of the product's Terraform ask again; here only what the runner
# itself relies on.
product_parameters_check() {
  local name
  [[ ${settings[project_prefix]:-} =~ ^[a-z][a-z-]*-$ ]] ||
    fail "The runner's settings lack \"project_prefix\". Apply package 1 again."
  for name in "${!parameters[@]}"; do
    # What the function that deletes hands on, too (lambdas/teardown_project/events.py).
    ((${#parameters[$name]} <= 768)) || fail "The parameter $name has more than 768 bytes."
  done
}

# product_parameters_write <file>: the variables `project` and `parameters` of the product's Terraform. Terraform turns the text
# into what the variable's type says.
product_parameters_write() {
  local name separator=""
  {
    printf '{"project": {"id": %s, "name": %s}, "parameters": {' "$(json_string "$project_id")" \
      "$(json_string "${parameters[SageMakerProjectName]}")"
    for name in "${!parameters[@]}"; do
      case $name in
        SageMakerProjectName | SageMakerProjectId | Stack) continue ;;
      esac
      printf '%s"%s": %s' "$separator" "$name" "$(json_string "${parameters[$name]}")"
      separator=", "
    done
    printf '}}\n'
  } >"$1"
}

# product_hook <function>: in the folder of the product's Terraform.
product_hook() {
  local hooks=$work/project-setup/hooks.sh
  # shellcheck disable=SC2034 # for the hook
  local prefix=${settings[project_prefix]}$project_id
  [[ -e $hooks ]] || return 0
  # shellcheck source=/dev/null
  . "$hooks"
  if declare -F "$1" >/dev/null; then
    "$1"
  fi
}
