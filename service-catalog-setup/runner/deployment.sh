# shellcheck shell=bash
# What the deployment of a project has made: it is in a state that the project's own Terraform keeps, which is never run here.
# Everything of it is named ml-<id>-<environment>-…, because IAM lets the deployment make nothing else; so it is found by
# its names. Every step can be repeated.
readonly endpoint_seconds=1500
# Whether the second repository's name was written by somebody, or is one that the project has: no other one is archived.
deploy_repository_known=true

# Whether the product deploys: an older release knows no such setting.
deployment_wanted() { [[ ${settings[deploys]:-} == true ]]; }

deployment_stop() {
  local name=ml-$project_id-deploy
  deletion_stop_deliveries "$name" "$name-build" "$name-staging" "$name-prod"
}

# Accounts that environments are in, or once were: the beginnings of their settings.
deployment_accounts() {
  local account number=0
  for account in staging prod; do
    [[ -z ${settings[deploy_${account}_role]:-} ]] || printf '%s\n' "$account"
  done
  while [[ -n ${settings[deploy_former${number}_role]:-} ]]; do
    printf 'former%s\n' "$number"
    number=$((number + 1))
  done
}

# Every role once, before anything is taken away: when one cannot be had, the project is still whole.
deployment_check_accounts() {
  local account accounts
  accounts=$(deployment_accounts)
  for account in $accounts; do
    (deployment_assume "$account")
  done
}

deployment_remove() {
  local environment account accounts
  # Here in any case: `dev` is made by hand here, and an environment may have been here before it got an account of its own.
  for environment in dev staging prod; do
    phase "Deployment: remove $environment"
    deployment_remove_named "ml-$project_id-$environment-"
  done
  accounts=$(deployment_accounts)
  for account in $accounts; do
    environment=${settings[deploy_${account}_environment]:-$account}
    phase "Deployment: remove $environment in its account"
    # In a subshell: the credentials of another account end with it.
    (
      deployment_assume "$account"
      deployment_remove_named "ml-$project_id-$environment-"
      deployment_remove_data "$account" "$environment"
    )
  done
}

# deployment_assume <beginning of settings>: acts in another account.
deployment_assume() {
  local role=${settings[deploy_$1_role]} key secret token
  ask "Taking the role $role of another account" sts assume-role --role-arn "$role" --role-session-name "delete-$project_id" \
    --external-id "${settings[deploy_$1_external_id]}" --tags "Key=sagemaker:project-id,Value=$project_id" \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text
  read -r key secret token <"$work/answer" || true
  : >"$work/answer"
  [[ -n ${token:-} ]] || fail "The role $role of another account cannot be assumed: $(refusal)"
  export AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token
}

# deployment_remove_named <beginning of names>
deployment_remove_named() {
  local names=$1
  # What would bring instances back or start jobs goes first.
  deployment_each "autoscaling of $names" \
    application-autoscaling describe-scalable-targets --service-namespace sagemaker \
    --query "ScalableTargets[?starts_with(ResourceId, 'endpoint/$names')].[ResourceId]" --output text -- \
    application-autoscaling deregister-scalable-target --service-namespace sagemaker \
    --scalable-dimension sagemaker:variant:DesiredInstanceCount --resource-id
  deployment_each "monitoring of $names" \
    sagemaker list-monitoring-schedules --name-contains "$names" \
    --query "MonitoringScheduleSummaries[?starts_with(MonitoringScheduleName, '$names')].[MonitoringScheduleName]" --output text -- \
    sagemaker delete-monitoring-schedule --monitoring-schedule-name
  ended "Transform jobs of $names" sagemaker stop-transform-job --transform-job-name -- \
    sagemaker list-transform-jobs --name-contains "$names" \
    --query "TransformJobSummaries[?starts_with(TransformJobName, '$names')&&(TransformJobStatus=='InProgress'||TransformJobStatus=='Stopping')].[TransformJobName]" \
    --output text
  deployment_endpoints "$names"
  deployment_each "definitions of monitoring of $names" \
    sagemaker list-data-quality-job-definitions --name-contains "$names" \
    --query "JobDefinitionSummaries[?starts_with(MonitoringJobDefinitionName, '$names')].[MonitoringJobDefinitionName]" --output text -- \
    sagemaker delete-data-quality-job-definition --job-definition-name
  deployment_each "endpoint configurations of $names" \
    sagemaker list-endpoint-configs --name-contains "$names" \
    --query "EndpointConfigs[?starts_with(EndpointConfigName, '$names')].[EndpointConfigName]" --output text -- \
    sagemaker delete-endpoint-config --endpoint-config-name
  deployment_each "models of $names" \
    sagemaker list-models --name-contains "$names" \
    --query "Models[?starts_with(ModelName, '$names')].[ModelName]" --output text -- \
    sagemaker delete-model --model-name
  deployment_each "alarms of $names" \
    cloudwatch describe-alarms --alarm-name-prefix "$names" --query 'MetricAlarms[].[AlarmName]' --output text -- \
    cloudwatch delete-alarms --alarm-names
  deployment_each "alarms of autoscaling of $names" \
    cloudwatch describe-alarms --alarm-name-prefix "TargetTracking-endpoint/$names" --query 'MetricAlarms[].[AlarmName]' --output text -- \
    cloudwatch delete-alarms --alarm-names
  deployment_each "dashboards of $names" \
    cloudwatch list-dashboards --dashboard-name-prefix "$names" --query 'DashboardEntries[].[DashboardName]' --output text -- \
    cloudwatch delete-dashboards --dashboard-names
  # The last: until here something may have written into them.
  deployment_each "log groups of $names" \
    logs describe-log-groups --log-group-name-prefix "/aws/sagemaker/Endpoints/$names" --query 'logGroups[].[logGroupName]' --output text -- \
    logs delete-log-group --log-group-name
}

# deployment_each <what> <command that lists them> -- <command that removes one>
deployment_each() {
  local what=$1 list=() one
  shift
  while [[ $1 != -- ]]; do
    list+=("$1")
    shift
  done
  shift
  ask "Looking for $what" "${list[@]}"
  answers_read
  ((${#answers[@]})) || return 0
  for one in "${answers[@]}"; do
    ask "Deleting $one" "$@" "$one"
    say "Deleted $one ($what)."
  done
}

# An endpoint that is being made or changed refuses to be deleted until that has ended.
deployment_endpoints() {
  local names=$1 one waited=0 told=" "
  while :; do
    ask "Looking for endpoints of $names" sagemaker list-endpoints --name-contains "$names" \
      --query "Endpoints[?starts_with(EndpointName, '$names')].[EndpointName]" --output text
    answers_read
    ((${#answers[@]})) || return 0
    for one in "${answers[@]}"; do
      if aws sagemaker delete-endpoint --endpoint-name "$one" >"$work/answer" 2>"$work/refusal"; then
        [[ $told == *" $one "* ]] || say "Deletes the endpoint $one."
        told+="$one "
      elif ! grep -qE 'Could not find|in-progress|in progress|Cannot (update|delete)' "$work/refusal"; then
        fail "Deleting the endpoint $one failed: $(refusal)"
      fi
    done
    ((waited < endpoint_seconds)) || fail "Endpoints are still there after $endpoint_seconds seconds: ${answers[*]}. $(refusal) Delete the project again when they are gone."
    sleep 5
    waited=$((waited + 5))
  done
}

# Captured data, answers and reports in the other account's bucket; in the project's account they are in its own.
# deployment_remove_data <beginning of settings> <environment>
deployment_remove_data() {
  local bucket=${settings[deploy_$1_bucket]:-}
  [[ -n $bucket && ${parameters[ArtifactBucketContents]} == delete ]] || return 0
  ask "Deleting the data of $2" s3 rm --recursive --only-show-errors "s3://$bucket/$project_id/$2/"
}

# A form that leaves the second repository's name empty means the one that the project has: its default follows the first
# repository's name, and a renamed first repository would otherwise swap the second one for a new one.
deployment_keep_repository() {
  local url kept
  [[ $deploy_repository_derived == true ]] || return 0
  if ! terraform output -no-color -json deploy >"$work/answer" 2>"$work/refusal"; then
    grep -qE 'Output "deploy" not found|No outputs found' "$work/refusal" ||
      fail "Which deploy repository the project has could not be read: $(refusal)"
    # Nothing was applied yet, by a release without this output, or a deletion has begun.
    : >"$work/answer"
  fi
  url=$(sed -n 's/.*"repository_url": *"\([^"]*\)".*/\1/p' "$work/answer")
  kept=${url%/*}
  kept=${kept##*/}/${url##*/}
  if [[ ! $kept =~ ^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$ ]]; then
    # shellcheck disable=SC2034 # read in deletion.sh
    deploy_repository_known=false
    return 0
  fi
  [[ $kept != "${parameters[DeployRepoName]}" ]] || return 0
  say "DeployRepoName is empty: the project keeps its deploy repository $kept. To change to ${parameters[DeployRepoName]}, write that name."
  parameters[DeployRepoName]=$kept
  parameters_write "$work/project-setup/project.auto.tfvars.json"
}
