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
  fi
  adopt_sagemaker "$module.aws_sagemaker_code_repository.code[0]" "$prefix-notebooks" describe-code-repository \
    --code-repository-name "$prefix-notebooks" --query CodeRepositoryArn
  adopt_sagemaker "$module.aws_sagemaker_notebook_instance_lifecycle_configuration.workbench" "$prefix-workbench" \
    describe-notebook-instance-lifecycle-config --notebook-instance-lifecycle-config-name "$prefix-workbench" \
    --query NotebookInstanceLifecycleConfigArn
  adopt_sagemaker "$module.aws_sagemaker_notebook_instance.workbench[\"workbench\"]" "$prefix-workbench" \
    describe-notebook-instance --notebook-instance-name "$prefix-workbench" --query NotebookInstanceArn
}
