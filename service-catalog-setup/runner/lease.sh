# shellcheck shell=bash
# The lease: one run at a time works on a project. Terraform's lock says who took it, not whether they still live; the lease
# names a holder that can be asked after. It stands in the lock table beside Terraform's lock (docs/adr/0080).
readonly lease_poll=5
# Seconds: no run takes a day. A build of the deletion has 50 minutes, a creation CloudFormation's hour.
readonly lease_longest=86400
lease_holder="" lease_host="" lease_nonce="" lease_started="" lease_dead="" lease_left="" lease_action=""
declare -gA lease=()

# Who this run is: a build, an instance, or a person at a machine.
lease_who() {
  local endpoint=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token instance=""
  lease_host=$(uname -n | tr -cd 'A-Za-z0-9._-')
  if [[ ${CODEBUILD_BUILD_ID:-} =~ ^[A-Za-z0-9:_-]+$ ]]; then
    lease_holder=codebuild/$CODEBUILD_BUILD_ID
    return
  fi
  endpoint=${endpoint%/}
  if token=$(lease_metadata --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$endpoint/latest/api/token"); then
    instance=$(lease_metadata --header "X-aws-ec2-metadata-token: $token" "$endpoint/latest/meta-data/instance-id") || instance=""
  fi
  if [[ $instance =~ ^i-[0-9a-f]{8,17}$ ]]; then
    lease_holder=ec2/$instance
  else
    lease_holder=host/$(id -un | tr -cd 'A-Za-z0-9._-')@$lease_host
    say "No metadata service names an instance: the lease is held as $lease_holder, which nobody can ask after."
  fi
}

# An instance that has only just begun may not be answered at once. Each try has two seconds, all together some twelve.
lease_metadata() {
  curl --silent --fail --noproxy '*' --max-time 2 --retry 3 --retry-delay 1 --retry-max-time 10 --retry-connrefused "$@" 2>/dev/null
}

# lease_take <action>: returns when the lease is this run's. A holder that lives is waited for; one that is gone is
# succeeded, and what it may have left locked is remembered for lease_unlock_dead.
lease_take() {
  local now waited=0 told="" longest=${lock_timeout%s}
  lease_action=$1
  lease_nonce=$(cat /proc/sys/kernel/random/uuid)
  while :; do
    printf -v now '%(%s)T' -1
    lease_started=$(utc "$now" %Y-%m-%dT%H:%M:%SZ)
    lease_put '{"#id": "LockID"}' '' 'attribute_not_exists(#id)' && return
    lease_read
    # The answer to a request that was carried out may be lost, and the CLI asks again.
    if [[ ${lease[Nonce]} == "$lease_nonce" ]]; then
      return
    fi
    if [[ -n ${lease[Holder]} ]] && lease_gone; then
      say "${lease[Holder]}, which worked on this project (${lease[Action]} since ${lease[Started]}), is gone. This run takes over."
      lease_inherit
      lease_put '{"#h": "Holder", "#t": "Started"}' \
        "\":h\": {\"S\": $(json_string "${lease[Holder]}")}, \":t\": {\"S\": $(json_string "${lease[Started]}")}" \
        '#h = :h AND #t = :t' && return
      # Somebody else was faster, or the answer was lost: the next round tells.
      waited=$((waited + 1))
      ((waited < longest)) || fail "The lease of ${lease[Holder]}, which is gone, could not be taken over. Remove it as docs/operations.md says under \"A lock that nobody holds\"."
      sleep 1
      continue
    fi
    if [[ -n ${lease[Holder]} ]]; then
      if [[ $told != "${lease[Holder]}" ]]; then
        say "Waits for another run of this project: $(lease_describe)."
        told=${lease[Holder]}
      fi
      ((waited < longest)) || lease_give_up "$longest"
      sleep "$lease_poll"
      waited=$((waited + lease_poll))
    else
      # Gone between the two requests.
      waited=$((waited + 1))
      ((waited < longest)) || fail "The lease of this project could not be taken: the lock table ${settings[lock_table]} contradicts itself."
    fi
  done
}

# A comparison has failed at nothing when somebody else works: it has not looked, and the next one will. But nobody would hear of
# a project that is never looked at, because what stands in the way is dead and cannot be asked after.
lease_give_up() {
  if [[ $lease_action == plan ]]; then
    if [[ ${lease[Holder]} == host/* ]] || lease_old "${lease[Started]}"; then
      fail "Not looked at, because a run is said to be under way$(lease_age "${lease[Started]}"): $(lease_describe). If it is not, every comparison ends like this: look after it as docs/operations.md says under \"A lock that nobody holds\"."
    fi
    skip "Not looked at, because a run is under way: $(lease_describe). This one waited $1 seconds for it.$(lease_advice)"
  fi
  fail "Another run works on this project: $(lease_describe). This one waited $1 seconds for it; start it again when that one has ended.$(lease_advice)"
}

# lease_seconds <time>: how long ago that was; nothing for what is no time.
lease_seconds() {
  local now since
  [[ $1 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}[T\ ][0-9]{2}:[0-9]{2}:[0-9]{2} ]] || return 0
  since=$(TZ=UTC0 date -d "${BASH_REMATCH[0]/T/ }" +%s 2>/dev/null) || return 0
  printf -v now '%(%s)T' -1
  printf '%s' $((now - since))
}

lease_old() {
  local age
  age=$(lease_seconds "$1")
  ((${age:-0} >= lease_longest))
}

lease_age() {
  local age
  age=$(lease_seconds "$1")
  [[ -z $age ]] || printf ' for %s hours' $((age / 3600))
}

lease_describe() {
  printf '%s by %s since %s, log stream %s' "${lease[Action]}" "${lease[Holder]}" "${lease[Started]}" "${lease[Stream]}"
}

# Nobody can be asked whether a person's machine still works on it.
lease_advice() {
  if [[ ${lease[Holder]} == host/* ]]; then
    printf ' If it has died, remove its lease as docs/operations.md says under "A lock that nobody holds".'
  fi
}

# lease_put <names> <further values> <condition>: status 1 if the condition does not hold.
lease_put() {
  local values="{}" item
  item=$(lease_item)
  if [[ -n $2 ]]; then
    values="{$2}"
    table "Taking the lease" put-item --item "$item" --condition-expression "$3" --expression-attribute-names "$1" \
      --expression-attribute-values "$values"
  else
    table "Taking the lease" put-item --item "$item" --condition-expression "$3" --expression-attribute-names "$1"
  fi
}

lease_item() {
  local name value
  printf '{"LockID": {"S": %s}' "$(json_string "$(table_id run)")"
  for name in Holder Host Action Started Stream Nonce Release Dead; do
    case $name in
      Holder) value=$lease_holder ;;
      Host) value=$lease_host ;;
      Action) value=$lease_action ;;
      Started) value=$lease_started ;;
      Stream) value=$log_stream ;;
      Nonce) value=$lease_nonce ;;
      Release) value=$(owner_makes) ;;
      Dead) value=$lease_dead ;;
    esac
    [[ -z $value ]] || printf ', "%s": {"S": %s}' "$name" "$(json_string "$value")"
  done
  printf '}'
}

# The lease as it stands, in the array `lease`; every field is empty when nobody has it.
lease_read() {
  local words=() name
  table "Reading the lease" get-item --consistent-read --key "$(table_key run)" \
    --query 'Item.[Holder.S,Host.S,Action.S,Started.S,Stream.S,Nonce.S,Release.S,Dead.S]' --output text || return 0
  IFS=$'\t' read -r -a words <"$work/answer" || :
  for name in Holder Host Action Started Stream Nonce Release Dead; do
    lease[$name]=""
    if ((${#words[@]} > 1)); then
      [[ ${words[0]} == None ]] || lease[$name]=${words[0]}
      words=("${words[@]:1}")
    elif ((${#words[@]} == 1)); then
      [[ ${words[0]} == None ]] || lease[$name]=${words[0]}
      words=()
    fi
  done
}

# Whether the holder is gone for certain. Who cannot be asked after counts as alive, and so does an instance that is only
# on its way down: what it runs may still be writing.
lease_gone() {
  local holder=${lease[Holder]} found
  case $holder in
    ec2/*)
      if lease_ask ec2 describe-instances --instance-ids "${holder#ec2/}" --query 'Reservations[].Instances[].State.Name'; then
        found=$(tr -d ' \t\n' <"$work/answer")
        [[ $found == terminated || $found == stopped || -z $found || $found == None ]]
      else
        grep -q 'InvalidInstanceID\.NotFound' "$work/refusal" || lease_unknown
      fi
      ;;
    codebuild/*)
      # Its status is known before its last phases have ended; what runs in them may still be writing.
      if lease_ask codebuild batch-get-builds --ids "${holder#codebuild/}" --query 'builds[0].[buildStatus,buildComplete]'; then
        found=$(tr -s ' \t\n' ' ' <"$work/answer")
        found=${found% }
        [[ $found == None || ($found == *" True" && $found != IN_PROGRESS*) ]]
      else
        lease_unknown
      fi
      ;;
    *) return 1 ;;
  esac
}

lease_ask() {
  AWS_MAX_ATTEMPTS=3 aws "$@" --output text --cli-connect-timeout 5 --cli-read-timeout 20 >"$work/answer" 2>"$work/refusal"
}

lease_unknown() {
  if [[ ! -e $work/unknown ]]; then
    say "Whether ${lease[Holder]} still lives could not be found out: $(refusal). It counts as alive."
    : >"$work/unknown"
  fi
  return 1
}

# Whose Terraform lock may stand although nobody holds it: the holder that is gone, and those it had succeeded itself. Each is
# host|time|release; the release is missing when a runner of before had the lease.
lease_inherit() {
  lease_dead="${lease[Host]}|${lease[Started]}${lease[Release]:+|${lease[Release]}}"
  if [[ -n ${lease[Dead]} ]]; then
    lease_dead+=",${lease[Dead]}"
  fi
  lease_dead=$(cut -d , -f 1-8 <<<"$lease_dead")
}

lease_is_ours() {
  lease_read
  [[ -n $lease_nonce && ${lease[Nonce]} == "$lease_nonce" ]]
}

# Asked before everything that cannot be taken back.
lease_check() {
  lease_is_ours && return
  if [[ -n ${lease[Holder]} ]]; then
    fail "This run has lost its lease to another run: $(lease_describe). It changes nothing any more."
  fi
  fail "This run has lost its lease: somebody has removed it. It changes nothing any more."
}

# lease_unlock <host|time|release, …>: releases Terraform's lock if one of these took it, at or after that time. A lock of anybody
# else stays.
lease_unlock() {
  local info id who created entry since entries=()
  table "Reading Terraform's lock" get-item --consistent-read --key "$(table_key terraform.tfstate)" --query Item.Info.S --output text || return 0
  info=$(cat "$work/answer")
  id=$(lock_field ID "$info")
  who=$(lock_field Who "$info")
  created=$(lock_field Created "$info")
  [[ $id =~ ^[0-9a-fA-F-]{8,64}$ ]] || return 0
  IFS=, read -r -a entries <<<"$1"
  for entry in "${entries[@]}"; do
    since=${entry#*|}
    if [[ $who == *"@${entry%%|*}" && ! "${created:0:19}" < "${since:0:19}" ]]; then
      say "Releases the lock $id, which $who took at $created and nobody holds any more."
      if ! terraform force-unlock -force "$id" >"$work/unlock" 2>&1; then
        table "Reading Terraform's lock" get-item --consistent-read --key "$(table_key terraform.tfstate)" --query Item.Info.S --output text || return 0
        [[ $(lock_field ID "$(cat "$work/answer")") != "$id" ]] ||
          fail "The lock $id of $who, who is gone, could not be released: $(tr -s ' \n' ' ' <"$work/unlock" | cut -c 1-500)"
      fi
      return 0
    fi
  done
}

lock_field() { sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p" <<<"$2"; }

lease_unlock_dead() {
  # Those whom this run succeeds, and those whom an earlier one had succeeded without coming to this point.
  [[ -n $lease_dead$lease_left ]] || return 0
  lease_unlock "$lease_dead,$lease_left"
  # What the same host locks from now on is somebody's at work.
  lease_dead=$(lease_hostless "$lease_dead")
  lease_left=$(lease_hostless "$lease_left")
}

lease_hostless() { sed -E 's/(^|,)[^|,]*\|/\1|/g' <<<"$1"; }

# A Terraform of this run that was killed, or that never heard that it got the lock, leaves it behind.
lease_unlock_own() {
  if [[ -e $work/initialized ]] && lease_is_ours; then
    lease_unlock "$lease_host|$lease_started"
  fi
}

# The end of the run, however it ended. A lease that is somebody else's by now stays theirs.
lease_release() {
  [[ -n $lease_nonce ]] || return 0
  table "Giving the lease back" delete-item --key "$(table_key run)" --condition-expression '#n = :n' \
    --expression-attribute-names '{"#n": "Nonce"}' --expression-attribute-values "{\":n\": {\"S\": \"$lease_nonce\"}}" || :
}

# table <purpose> <arguments of aws dynamodb>: status 1 if a condition does not hold; the answer is in $work/answer.
table() {
  local purpose=$1 operation=$2
  shift 2
  if aws dynamodb "$operation" --table-name "${settings[lock_table]}" "$@" >"$work/answer" 2>"$work/refusal"; then
    return 0
  fi
  : >"$work/answer"
  if grep -q ConditionalCheckFailed "$work/refusal"; then
    return 1
  fi
  fail "$purpose failed, because the lock table ${settings[lock_table]} could not be used: $(refusal)"
}

table_id() { printf '%s/projects/%s/%s' "${settings[state_bucket]}" "$project_id" "$1"; }

table_key() { printf '{"LockID": {"S": %s}}' "$(json_string "$(table_id "$1")")"; }

# What the AWS CLI said last, on one line.
refusal() { tr -s ' \n' ' ' <"$work/refusal" | cut -c 1-500; }
