# shellcheck shell=bash
# What a run has made and not written down: Terraform saves its state every 20 seconds, so one that is killed knows more than
# it has told. Everything of a project has a name that follows from its id, so it can be looked for, and whatever bears
# the project's tag is taken into the state; then Terraform changes or destroys it like the rest (docs/adr/0084).

adoption_run() {
  local account role name=${parameters[SageMakerProjectName]}-$project_id prefix=ml-$project_id tags group partition
  IFS=: read -r _ partition _ _ account _ <<<"${parameters[Stack]}"
  # shellcheck disable=SC2317 # called below
  arn() { printf 'arn:%s:%s:%s:%s:%s' "$partition" "$1" "${settings[region]}" "$account" "$2"; }
  tags="tags[?key=='sagemaker:project-id'].value | [0]"

  phase "Look for what a run has made and not written down"
  adoption_addresses
  if product_own; then
    product_hook product_adopt
    : >"$work/adopted"
    return
  fi
  for role in seed build pipeline execution; do
    adopt "aws_iam_role.$role" "$prefix-$role" iam get-role --role-name "$prefix-$role" \
      --query "Role.Tags[?Key=='sagemaker:project-id'].Value | [0]"
    # An inline policy has no tags: it belongs to whom its role belongs to.
    if grep -qxF "aws_iam_role.$role" "$work/addresses"; then
      adopt "aws_iam_role_policy.$role" "$prefix-$role:$role" iam get-role-policy --role-name "$prefix-$role" \
        --policy-name "$role" --query "PolicyName && '$project_id'"
    fi
  done
  adopt_bucket "$prefix-$account-${settings[region]}"
  for group in "build /aws/codebuild/$prefix-build" "seed /aws/lambda/$prefix-seed"; do
    adopt "aws_cloudwatch_log_group.${group%% *}" "${group#* }" logs list-tags-log-group \
      --log-group-name "${group#* }" --query 'tags."sagemaker:project-id"'
  done
  adopt aws_codebuild_project.build "$prefix-build" codebuild batch-get-projects --names "$prefix-build" --query "projects[0].$tags"
  adopt aws_codepipeline.build "$prefix-build" codepipeline list-tags-for-resource \
    --resource-arn "$(arn codepipeline "$prefix-build")" --query "$tags"
  adopt aws_lambda_function.seed "$prefix-seed" lambda get-function --function-name "$prefix-seed" --query 'Tags."sagemaker:project-id"'
  # SageMaker writes names in lower case into its ARNs.
  adopt_group "$name" "$(arn sagemaker "model-package-group/${name,,}")" "$(arn sagemaker "model-package-group/$name")"
  adopt_sagemaker aws_sagemaker_code_repository.build "$prefix-build" describe-code-repository \
    --code-repository-name "$prefix-build" --query CodeRepositoryArn
  if deployment_wanted; then
    adoption_deployment "$prefix" "$tags"
  fi
  : >"$work/adopted"
  rm -f "$work/unwritten"
}

# adoption_deployment <beginning of names> <query of tags>: the second half of a project whose product deploys.
adoption_deployment() {
  local name=$1-deploy tags=$2 role one
  for role in pipeline start build staging prod; do
    adopt_role deploy "$role" "$name-$role" deploy
  done
  for one in staging prod; do
    adopt_role endpoint "$one" "$1-$one-endpoint" endpoint
  done
  for one in build staging prod; do
    adopt "aws_cloudwatch_log_group.deploy[\"$one\"]" "/aws/codebuild/$name-$one" logs list-tags-log-group \
      --log-group-name "/aws/codebuild/$name-$one" --query 'tags."sagemaker:project-id"'
    adopt "aws_codebuild_project.deploy[\"$one\"]" "$name-$one" codebuild batch-get-projects --names "$name-$one" --query "projects[0].$tags"
  done
  adopt 'aws_codepipeline.deploy["deploy"]' "$name" codepipeline list-tags-for-resource \
    --resource-arn "$(arn codepipeline "$name")" --query "$tags"
  adopt_sagemaker 'aws_sagemaker_code_repository.deploy["deploy"]' "$name" describe-code-repository \
    --code-repository-name "$name" --query CodeRepositoryArn
  adopt 'aws_sns_topic.deploy["deploy"]' "$(arn sns "$name")" sns list-tags-for-resource \
    --resource-arn "$(arn sns "$name")" --query "Tags[?Key=='sagemaker:project-id'].Value | [0]"
  adopt 'aws_cloudwatch_event_rule.deploy["deploy"]' "$name" events list-tags-for-resource \
    --resource-arn "$(arn events "rule/$name")" --query "Tags[?Key=='sagemaker:project-id'].Value | [0]"
  # A target has no tags: it belongs to whom its rule belongs to. And a rule that still has one cannot be deleted.
  if grep -qxF 'aws_cloudwatch_event_rule.deploy["deploy"]' "$work/addresses"; then
    adopt 'aws_cloudwatch_event_target.deploy["deploy"]' "$name/deploy" events list-targets-by-rule --rule "$name" \
      --query "Targets[?Id=='deploy'] && '$project_id'"
  fi
}

# adopt_role <resource> <key> <name> <inline policy>
adopt_role() {
  adopt "aws_iam_role.$1[\"$2\"]" "$3" iam get-role --role-name "$3" --query "Role.Tags[?Key=='sagemaker:project-id'].Value | [0]"
  if grep -qxF "aws_iam_role.$1[\"$2\"]" "$work/addresses"; then
    adopt "aws_iam_role_policy.$1[\"$2\"]" "$3:$4" iam get-role-policy --role-name "$3" --policy-name "$4" \
      --query "PolicyName && '$project_id'"
  fi
}

adoption_addresses() {
  if terraform state list >"$work/addresses" 2>"$work/terraform.out"; then
    return
  fi
  : >"$work/addresses"
  grep -q 'No state file was found' "$work/terraform.out" ||
    fail "$(state_trouble "The state projects/$project_id/terraform.tfstate could not be read")"
}

# adopt <address> <id> <arguments of aws that answer with the project's id, if this is the project's>
adopt() {
  local address=$1 id=$2
  shift 2
  ! grep -qxF "$address" "$work/addresses" || return 0
  ask "Looking for $id" "$@" --output text
  [[ $(tr -d ' \t\n' <"$work/answer") == "$project_id" ]] || return 0
  adopt_now "$address" "$id"
}

# SageMaker has no word of its own for a resource without tags to list because there is none, only for one to describe.
adopt_sagemaker() {
  local address=$1 id=$2 found
  shift 2
  ! grep -qxF "$address" "$work/addresses" || return 0
  ask "Looking for $id" sagemaker "$@" --output text
  found=$(tr -d ' \t\n' <"$work/answer")
  [[ $found == arn:* ]] || return 0
  adopt "$address" "$id" sagemaker list-tags --resource-arn "$found" --query "Tags[?Key=='sagemaker:project-id'].Value | [0]"
}

# adopt_group <name> <its ARN, as it may be spelled> …: the AWS CLI of an instance is older than model package groups. It
# can list tags, and gets a ValidationException for a group that there is not.
adopt_group() {
  local address=aws_sagemaker_model_package_group.models name=$1 arn
  shift
  ! grep -qxF "$address" "$work/addresses" || return 0
  for arn; do
    if aws sagemaker list-tags --resource-arn "$arn" --query "Tags[?Key=='sagemaker:project-id'].Value | [0]" --output text \
      >"$work/answer" 2>"$work/refusal"; then
      [[ $(tr -d ' \t\n' <"$work/answer") == "$project_id" ]] || continue
      adopt_now "$address" "$name"
      return
    fi
    grep -qE 'ValidationException|NotFound|does not exist' "$work/refusal" || fail "Looking for $name failed: $(refusal)"
  done
}

# A bucket gets its tags only after it was made. Its name has the account's number in it, so one without tags is ours too.
adopt_bucket() {
  local found
  ! grep -qxF aws_s3_bucket.artifacts "$work/addresses" || return 0
  if found=$(aws s3api get-bucket-tagging --bucket "$1" --query "TagSet[?Key=='sagemaker:project-id'].Value | [0]" --output text 2>"$work/refusal"); then
    [[ $found == "$project_id" ]] || return 0
  elif ! grep -q NoSuchTagSet "$work/refusal"; then
    grep -qE 'NoSuchBucket|AccessDenied' "$work/refusal" || fail "Looking for $1 failed: $(refusal)"
    return 0
  fi
  adopt_now aws_s3_bucket.artifacts "$1"
}

adopt_now() {
  say "Takes $2 into the state, which a run has made and not written down."
  terraform_run import -lock-timeout="$lock_timeout" "$1" "$2" || fail "$2 could not be taken into the state: $(terraform_error)"
  printf '%s\n' "$1" >>"$work/addresses"
}
