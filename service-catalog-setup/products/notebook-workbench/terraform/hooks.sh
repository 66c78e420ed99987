# shellcheck shell=bash
# What a killed run has made and not written down (runner/product.sh). The runner sources this file.
# shellcheck disable=SC2154 # prefix is the runner's

product_adopt() {
  local module=module.notebooks role=$prefix-notebooks
  adopt "$module.aws_iam_role.notebooks" "$role" iam get-role --role-name "$role" \
    --query "Role.Tags[?Key=='sagemaker:project-id'].Value | [0]"
  if grep -qxF "$module.aws_iam_role.notebooks" "$work/addresses"; then
    adopt "$module.aws_iam_role_policy.notebooks" "$role:workbench" iam get-role-policy --role-name "$role" \
      --policy-name workbench --query "PolicyName && '$project_id'"
    detach_unknown "$module" "$role"
  fi
  adopt_sagemaker "$module.aws_sagemaker_code_repository.code[0]" "$prefix-notebooks" describe-code-repository \
    --code-repository-name "$prefix-notebooks" --query CodeRepositoryArn
  adopt_sagemaker "$module.aws_sagemaker_notebook_instance_lifecycle_configuration.workbench" "$prefix-workbench" \
    describe-notebook-instance-lifecycle-config --notebook-instance-lifecycle-config-name "$prefix-workbench" \
    --query NotebookInstanceLifecycleConfigArn
  adopt_sagemaker "$module.aws_sagemaker_notebook_instance.workbench[\"workbench\"]" "$prefix-workbench" \
    describe-notebook-instance --notebook-instance-name "$prefix-workbench" --query NotebookInstanceArn
}

# An attachment's address has a name that only the settings know. One that is in no state would keep the role; taken away, an
# apply makes it again.
detach_unknown() {
  local policies=() policy
  ask "Looking for policies of $2" iam list-attached-role-policies --role-name "$2" --query "AttachedPolicies[].PolicyArn" --output text
  answers_read
  policies=(${answers[@]+"${answers[@]}"})
  ((${#policies[@]} > $(grep -cF "$1.aws_iam_role_policy_attachment.notebooks[" "$work/addresses"))) || return 0
  for policy in "${policies[@]}"; do
    say "Detaches $policy from $2, which a run has attached and not written down."
    ask "Detaching $policy" iam detach-role-policy --role-name "$2" --policy-arn "$policy"
  done
}
