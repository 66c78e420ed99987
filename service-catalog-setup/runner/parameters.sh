# shellcheck shell=bash
# What was typed on the form. It arrives as base64, is decoded into variables, and leaves as JSON: at no point is it part
# of a command.
declare -gA parameters=()
# Whether the second repository's name follows the first one's, because the form left it empty.
deploy_repository_derived=false

parameters_read() {
  local line name value
  while IFS= read -r line || [[ -n $line ]]; do
    name=${line%%=*}
    [[ $line == *=* && $name =~ ^[A-Za-z]+$ ]] || parameters_damaged "one of them has no name"
    # The mark keeps line breaks at the end, which a command substitution would drop.
    { value=$(base64 -d <<<"${line#*=}" && printf x); } 2>/dev/null || parameters_damaged "$name is not base64"
    parameters[$name]=${value%x}
    parameter_is_whole "$name" "${line#*=}" || parameters_damaged "$name is not text"
  done <"$1"
}

parameters_damaged() {
  echo "The project's parameters are damaged: $1. They were not written by the product's template." >&2
  exit 1
}

# parameter_is_whole <name> <its base64>: bash drops NUL from what it reads, and what is not UTF-8 would not be the same in JSON.
# Either would make another value of what was sent, perhaps one that is right.
parameter_is_whole() {
  local value=${parameters[$1]} padding=${2##*[!=]} replacement=$'\xef\xbf\xbd'
  ((${#value} == ${#2} * 3 / 4 - ${#padding})) || return 1
  [[ $value == *[!\ -~]* ]] || return 0
  [[ $(json_string "${value//$replacement/x}") != *'\ufffd'* ]]
}

# The id names the state and the log. One that is not an id must not become part of a key.
parameters_project_id() {
  local id=${parameters[SageMakerProjectId]:-}
  if [[ $id =~ ^p-[a-z0-9]{1,18}$ ]]; then
    printf '%s' "$id"
  else
    printf 'unknown'
  fi
}

# The form has checked all of this, but the form is not the only way in: Service Catalog takes parameters too.
parameters_check() {
  local owner
  phase "Check the parameters"
  parameters_are_there SageMakerProjectName SageMakerProjectId Stack
  parameter_matches SageMakerProjectId '^p-[a-z0-9]{1,18}$' "It is p- and up to 18 lower-case letters and digits."
  parameter_matches SageMakerProjectName '^[a-zA-Z0-9](-*[a-zA-Z0-9])*$' "It has 1 to 32 letters, digits and inner dashes." 32
  parameter_matches Stack '^arn:aws[a-z-]*:cloudformation:[a-z0-9-]+:[0-9]{12}:stack/[A-Za-z0-9-]{1,128}/[0-9a-f-]{1,36}$' "It is the ARN of the project's stack, which the product's template fills in." 300
  if product_own; then
    product_parameters_check
    return
  fi
  parameters_are_there GitRepoName GitBranchName GitRepoURL CodeStarConnectionArn
  parameter_is_repository GitRepoName "Write owner/name, for example my-team/churn-model."
  parameter_matches GitBranchName '^[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$' "Write a branch such as main or feature/new-model." 100
  [[ ! ${parameters[GitBranchName]}/ =~ \.lock/ ]] || fail "The parameter GitBranchName is not acceptable. No part of a branch ends in .lock."
  parameter_matches CodeStarConnectionArn '^arn:aws(-[a-z]+)*:(codestar-connections|codeconnections):[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:connection/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' "Choose one of the connections offered." 130

  # A form that does not ask for these three takes what package 1 says.
  parameters[ArtifactBucketContents]=${parameters[ArtifactBucketContents]-${settings[artifact_bucket_contents]:-delete}}
  parameters[RegisteredModels]=${parameters[RegisteredModels]-${settings[registered_models]:-delete}}
  parameter_matches ArtifactBucketContents '^(delete|keep)$' "It is delete or keep."
  parameter_matches RegisteredModels '^(delete|keep)$' "It is delete or keep."
  parameters[GitRepository]=${parameters[GitRepository]-${settings[git_repository]:-keep}}
  parameter_matches GitRepository '^(keep|archive)$' "It is keep or archive. A repository is never deleted."
  [[ ${parameters[RegisteredModels]} == delete || ${parameters[ArtifactBucketContents]} == keep ]] ||
    fail "RegisteredModels: models can be kept only with the artifact bucket, which holds their files: set ArtifactBucketContents to keep as well."

  if [[ -z ${parameters[GitRepoURL]} ]]; then
    parameters[GitRepoURL]=${settings[github_base_url]}/${parameters[GitRepoName]}
  else
    parameter_matches GitRepoURL '^https://[A-Za-z0-9][A-Za-z0-9.-]{0,99}(:[0-9]{1,5})?/[A-Za-z0-9_-]{1,39}/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$' \
      "Write an https address, or leave it empty." 250
  fi
  owner=${parameters[GitRepoURL]%"/${parameters[GitRepoName]}"}
  [[ $owner != "${parameters[GitRepoURL]}" ]] ||
    fail "GitRepoURL does not end in GitRepoName (${parameters[GitRepoName]}): they name different repositories. Leave GitRepoURL empty, or correct one of them."
  parameters_check_deployment
}

parameters_are_there() {
  local name
  for name; do
    [[ -n ${parameters[$name]+set} ]] || fail "The parameter $name is missing."
  done
}

# Of a product that deploys, whether its form asked for the second repository or not.
parameters_check_deployment() {
  deploy_repository_derived=false
  deployment_wanted || return 0
  if [[ -z ${parameters[DeployRepoName]:-} ]]; then
    # shellcheck disable=SC2034 # read in deployment.sh
    deploy_repository_derived=true
    parameters[DeployRepoName]=${parameters[GitRepoName]}-deploy
  fi
  parameter_is_repository DeployRepoName \
    "Write owner/name with at most 100 characters in the name; left empty, it is the name of the first repository and -deploy (${parameters[GitRepoName]}-deploy)."
  [[ ${parameters[DeployRepoName],,} != "${parameters[GitRepoName],,}" ]] ||
    fail "DeployRepoName must be another repository than GitRepoName (${parameters[GitRepoName]}). Leave it empty for ${parameters[GitRepoName]}-deploy."
}

# The second repository is on the host of the first.
deploy_repository_url() {
  local url=${parameters[GitRepoURL]}
  printf '%s/%s' "${url%"/${parameters[GitRepoName]}"}" "${parameters[DeployRepoName]}"
}

# parameter_is_repository <name> <what to do>
parameter_is_repository() {
  parameter_matches "$1" '^[A-Za-z0-9]([_-]?[A-Za-z0-9])*/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$' "$2"
  [[ ${parameters[$1]%%/*} =~ ^.{1,39}$ && ${parameters[$1]} != *.git ]] ||
    fail "The parameter $1 is not acceptable. An owner has at most 39 characters, and a name does not end in .git."
}

# parameter_matches <name> <pattern> <what to do> [<longest>]
parameter_matches() {
  local value=${parameters[$1]} longest=${4:-140}
  if ((${#value} > longest)) || [[ ! $value =~ $2 ]]; then
    fail "The parameter $1 is not acceptable. $3"
  fi
}

# parameters_write <file>: the variable `project` of package 2, or what a product of its own has.
parameters_write() {
  if product_own; then
    product_parameters_write "$1"
    return
  fi
  {
    printf '{"project": {'
    printf '"id": %s, ' "$(json_string "${parameters[SageMakerProjectId]}")"
    printf '"name": %s, ' "$(json_string "${parameters[SageMakerProjectName]}")"
    printf '"repository": %s, ' "$(json_string "${parameters[GitRepoName]}")"
    printf '"branch": %s, ' "$(json_string "${parameters[GitBranchName]}")"
    printf '"repository_url": %s, ' "$(json_string "${parameters[GitRepoURL]}")"
    printf '"connection_arn": %s, ' "$(json_string "${parameters[CodeStarConnectionArn]}")"
    printf '"artifact_bucket_contents": %s' "$(json_string "${parameters[ArtifactBucketContents]-delete}")"
    printf ', "git_repository": %s' "$(json_string "${parameters[GitRepository]-keep}")"
    if deployment_wanted; then
      printf ', "deploy_repository": %s' "$(json_string "${parameters[DeployRepoName]}")"
    fi
    printf '}}\n'
  } >"$1"
}
