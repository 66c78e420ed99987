# shellcheck shell=bash
# What a deletion does beside `terraform destroy`: it stops what still runs, and deals with what people may want to keep.
# Every step can be repeated; what is gone already counts as done.
readonly stop_seconds=600
declare -ga answers=()

deletion_prepare() {
  if product_own; then
    product_hook product_prepare
    return
  fi
  local prefix=ml-$project_id
  local name=${parameters[SageMakerProjectName]}-$project_id
  # First of all: when it cannot be done, the project is still whole.
  if deployment_wanted; then
    phase "Other accounts"
    deployment_check_accounts
  fi
  phase "Git repository: ${parameters[GitRepository]}"
  deletion_archive_repository "$prefix-seed" "${parameters[GitRepoName]}" "${parameters[GitRepoURL]}"
  if deployment_wanted && [[ $deploy_repository_known == true ]]; then
    deletion_archive_repository "$prefix-seed" "${parameters[DeployRepoName]}" "$(deploy_repository_url)"
  elif deployment_wanted; then
    say "The state names no deploy repository: none is archived. ${parameters[DeployRepoName]} may be somebody else's."
  fi
  phase "Stop deliveries"
  deletion_stop_deliveries "$prefix-build"
  if deployment_wanted; then
    deployment_stop
    deployment_remove
  fi
  phase "Stop training"
  deletion_remove_training "$name"
  phase "Models: ${parameters[RegisteredModels]}"
  deletion_models "$name"
  phase "Artifact bucket: ${parameters[ArtifactBucketContents]}"
  deletion_bucket
}

# The pipeline goes first: as long as it is there, a push starts another build, and the build makes what is deleted here.
# deletion_stop_deliveries <pipeline> [<build project>…]: without any, it is called like the pipeline
deletion_stop_deliveries() {
  local project
  ask "Deleting the pipeline $1" codepipeline delete-pipeline --name "$1"
  (($# > 1)) || set -- "$1" "$1"
  shift
  for project in "$@"; do
    ask "Looking for builds of $project" codebuild list-builds-for-project --no-paginate --project-name "$project" --query ids --output text
    answers_read
    ((${#answers[@]})) || continue
    ended "Builds of $project" codebuild stop-build --id -- codebuild batch-get-builds --ids "${answers[@]}" \
      --query "builds[?buildStatus=='IN_PROGRESS'].id" --output text
  done
}

# The SageMaker pipeline is made by the build and is in no state.
deletion_remove_training() {
  ended "Executions of $1" sagemaker stop-pipeline-execution --pipeline-execution-arn -- \
    sagemaker list-pipeline-executions --pipeline-name "$1" \
    --query "PipelineExecutionSummaries[?PipelineExecutionStatus=='Executing'||PipelineExecutionStatus=='Stopping'].PipelineExecutionArn" \
    --output text
  ask "Deleting the SageMaker pipeline $1" sagemaker delete-pipeline --pipeline-name "$1"
}

# SageMaker deletes only a group without models. One that keeps its models leaves the state and stays as it is.
deletion_models() {
  local arn
  ask "Looking for models in $1" sagemaker list-model-packages --model-package-group-name "$1" \
    --query 'ModelPackageSummaryList[].ModelPackageArn' --output text
  answers_read
  ((${#answers[@]})) || return 0
  if [[ ${parameters[RegisteredModels]} == keep ]]; then
    deletion_keep '^aws_sagemaker_model_package_group\.' "model package group $1 with ${#answers[@]} models"
    return
  fi
  for arn in "${answers[@]}"; do
    ask "Deleting the model $arn" sagemaker delete-model-package --model-package-name "$arn"
    say "Deleted $arn."
  done
}

# The seed function has the credential and the way to the git host. It goes with the project, and its log with it, so what
# it says is said here too. Never reached by a creation that failed: it has a repository, perhaps, but not made anything of it.
# deletion_archive_repository <function> <repository> <its address>
deletion_archive_repository() {
  local name=$2 status
  [[ ${parameters[GitRepository]} == archive ]] || return 0
  if [[ -z $owner_release ]]; then
    say "The project was never finished, so its repository stays as it is."
    return
  fi
  archive_event "$2" "$3" >"$work/archive.json"
  : >"$work/archived"
  ask "Archiving $name" lambda invoke --function-name "$1" --payload "fileb://$work/archive.json" \
    --cli-read-timeout 320 --query '[StatusCode,FunctionError]' --output text "$work/archived"
  if [[ ! -s $work/answer ]]; then
    grep -q 'ResourceNotFoundException' "$work/refusal" ||
      fail "The function $1, which archives the repository $name, could not be asked: $(refusal). Nothing of the project was destroyed.$(deletion_archived)"
    say "The function $1 is gone, as after an earlier attempt at this deletion. Whether $name was archived, the git host shows."
    return
  fi
  if ! grep -q 'None' "$work/answer"; then
    # As Terraform shows a failing function, so that its message is read in the same way.
    printf 'Error: %s\n' "$(cat "$work/archived")" >"$work/terraform.out"
    fail "The repository $name was not archived: $(terraform_error) Remove the cause, or choose GitRepository = keep (update the project), and delete it again. Nothing of the project was destroyed.$(deletion_archived)"
  fi
  status=$(sed -n 's/.*"status": *"\([a-z]*\)".*/\1/p' "$work/archived")
  case $status in
    archived | unchanged)
      say "The repository $name is archived."
      printf 'repository %s, archived\n' "$name" >>"$work/kept"
      ;;
    missing)
      say "There is no repository $name that the platform's credential can see: nothing was archived."
      ;;
    *) fail "The function $1 did not say what became of $name: $(cut -c 1-300 "$work/archived")" ;;
  esac
}

# Of two repositories the first may be read-only by now.
deletion_archived() {
  [[ ! -s $work/kept ]] || printf ' What is archived by now: %s.' "$(sed 's/, archived$//' "$work/kept" | paste -s -d ,)"
}

# archive_event <repository> <its address>
archive_event() {
  printf '{"action": "archive",'
  printf ' "project": {"name": %s, "id": %s},' "$(json_string "${parameters[SageMakerProjectName]}")" "$(json_string "$project_id")"
  printf ' "repository": {"full_name": %s, "url": %s},' "$(json_string "$1")" "$(json_string "$2")"
  printf ' "host": {"base_url": %s, "api_url": %s},' "$(json_string "${settings[github_base_url]}")" "$(json_string "${settings[github_api_url]}")"
  printf ' "credential": {"secret_arn": %s}}\n' "$(json_string "${settings[github_secret_arn]}")"
}

deletion_bucket() {
  if [[ ${parameters[ArtifactBucketContents]} == keep ]]; then
    deletion_keep '^aws_s3_bucket' "artifact bucket of $project_id with its contents"
    return
  fi
  # Terraform empties a bucket if its state says so, and the state of one that was only just taken in does not.
  terraform state pull >"$work/state" || fail "The state projects/$project_id/terraform.tfstate could not be read."
  if grep -qE '"force_destroy": *(false|null)' "$work/state"; then
    terraform_run apply -auto-approve -lock-timeout="$lock_timeout" -target=aws_s3_bucket.artifacts ||
      fail "The artifact bucket could not be told to go with its contents: $(terraform_error)"
  fi
  rm -f "$work/state"
}

# deletion_keep <pattern of addresses> <what it is>: Terraform forgets it, so that nothing deletes it.
deletion_keep() {
  local addresses=() address
  adoption_addresses
  while IFS= read -r address; do
    [[ $address =~ $1 ]] && addresses+=("$address")
  done <"$work/addresses"
  ((${#addresses[@]})) || return 0
  terraform state rm -no-color -lock-timeout="$lock_timeout" "${addresses[@]}" 2>&1 | tee "$work/terraform.out" ||
    fail "What is to be kept could not be taken out of the state: $(terraform_error)"
  printf '%s\n' "$2" >>"$work/kept"
  say "Kept: $2."
}

# The state's versions stay for as long as package 1 keeps them. The checksum goes first: a checksum without a state would
# read as a damaged state, a state without a checksum is only unchecked.
# Before both, the owner forgets that something was applied: from here on it is no damage that there is no state, and a
# deletion that ends in between is carried on by the next one.
deletion_forget_state() {
  local key=projects/$project_id/terraform.tfstate
  phase "Put the state away"
  owner_release_is ""
  ask "Deleting the state's checksum" dynamodb delete-item --table-name "${settings[lock_table]}" \
    --key "{\"LockID\": {\"S\": \"${settings[state_bucket]}/$key-md5\"}}"
  ask "Deleting the state" s3api delete-object --bucket "${settings[state_bucket]}" --key "$key"
  project_forget_rescued
  applied_forget
  # The copies last: as long as one is there, a deletion that is asked for again runs again.
  owner_forget
  objects_forget
}

# ask <purpose> <arguments of aws>: the answer is in $work/answer, and empty when what was asked about does not exist.
ask() {
  local purpose=$1
  shift
  if aws "$@" >"$work/answer" 2>"$work/refusal"; then
    return 0
  fi
  : >"$work/answer"
  # A key that is gone takes nothing away that it has encrypted.
  if ! grep -qE 'NotFound|NoSuch|does not exist|Cannot find|Could not find' "$work/refusal" || grep -q '(KMS[.A-Za-z]*)' "$work/refusal"; then
    fail "$purpose failed: $(tr -s ' \n' ' ' <"$work/refusal" | cut -c 1-700)"
  fi
}

# The words of the last answer, in the array `answers`. The CLI writes None for nothing.
answers_read() {
  local words
  answers=()
  while read -ra words; do
    ((${#words[@]})) && [[ ${words[0]} != None ]] && answers+=("${words[@]}")
  done < <(tr '\t' '\n' <"$work/answer")
  return 0
}

# ended <what> <command that stops one> -- <command that lists those that run>: returns when none runs any more.
ended() {
  local what=$1 stop=() one waited=0 asked=" "
  shift
  while [[ $1 != -- ]]; do
    stop+=("$1")
    shift
  done
  shift
  while :; do
    ask "Looking for ${what,}" "$@"
    answers_read
    ((${#answers[@]})) || return 0
    for one in "${answers[@]}"; do
      if [[ $asked != *" $one "* ]]; then
        say "Stops $one."
        ask "Stopping $one" "${stop[@]}" "$one"
        asked+="$one "
      fi
    done
    ((waited < stop_seconds)) || fail "$what still run after $stop_seconds seconds: ${answers[*]}. Stop them, and delete the project again."
    sleep 5
    waited=$((waited + 5))
  done
}
