# shellcheck shell=bash
# Whose project it is: the stack that it was made for, and the release that was last applied. Another stack that names the
# same id, by mistake or on purpose, neither changes nor destroys it (docs/adr/0081).
owner_stack=""
owner_release="" # of the last apply that succeeded; state.sh and deletion.sh ask for it
owner_content="" # the hash of what that release made the project with
owner_sign=""    # `Interrupted`, as the item has it

# owner_check <action>: status 1 when there is nothing for this run to do, because the project belongs to another stack.
owner_check() {
  local words=()
  table "Reading whose project it is" get-item --consistent-read --key "$(table_key owner)" \
    --query 'Item.[Stack.S,Release.S,Interrupted.S,Content.S]' --output text || return 0
  IFS=$'\t' read -r -a words <"$work/answer" || :
  # It is asked twice, and the second answer counts.
  owner_stack=$(owner_word "${words[0]:-}")
  owner_release=$(owner_word "${words[1]:-}")
  owner_sign=$(owner_word "${words[2]:-}")
  owner_content=$(owner_word "${words[3]:-}")
  lease_left=$owner_sign
  rm -f "$work/unfinished"
  [[ -z $owner_sign ]] || : >"$work/unfinished"
  [[ -n $owner_stack && $owner_stack != "${parameters[Stack]}" ]] || return 0

  # From here on nothing is written where the project's own runs write.
  : >"$work/foreign"
  [[ $1 == destroy ]] ||
    fail "The project $project_id belongs to the stack $owner_stack, not to ${parameters[Stack]}: nothing of it was touched. SageMaker gives every project an id of its own; create a project instead of naming an id."
  say "The project $project_id belongs to the stack $owner_stack, not to ${parameters[Stack]}: nothing is destroyed."
  printf 'nothing-destroyed\n' >"$work/output"
  return 1
}

# The CLI writes None for what is not there.
owner_word() { [[ $1 == None ]] || printf '%s' "$1"; }

# What a run can make, and so can look for: the release and what it consists of. Without numbered releases the version
# stays while the content changes.
owner_makes() { printf '%s@%s' "${settings[release_version]}" "${settings[project_setup_sha256]:0:12}"; }

# Whether the project was last applied by something else than this run applies.
owner_differs() {
  [[ -n $owner_release ]] && [[ $owner_release != "${settings[release_version]}" || $owner_content != "${settings[project_setup_sha256]}" ]]
}

# owner_claim <action>: takes a project that has no owner yet; status as owner_check's. Under the lease nobody else claims at
# the same time, but two runs whose stacks differ may both have seen no owner before.
owner_claim() {
  if [[ -n $owner_stack ]]; then
    [[ -n $owner_release ]] || : >"$work/unfinished"
    return 0
  fi
  owner_put "" "" '{"#id": "LockID"}' '' 'attribute_not_exists(#id)' && return
  owner_check "$1"
}

# owner_put <release> <its content> <names> <further values> <condition> [<interrupted>]: status 1 if the condition does not
# hold.
owner_put() {
  local now item values=()
  printf -v now '%(%s)T' -1
  item="{\"LockID\": {\"S\": $(json_string "$(table_id owner)")}, \"Stack\": {\"S\": $(json_string "${parameters[Stack]}")}"
  item+=", \"Updated\": {\"S\": \"$(utc "$now" %Y-%m-%dT%H:%M:%SZ)\"}"
  [[ -z $1 ]] || item+=", \"Release\": {\"S\": $(json_string "$1")}"
  [[ -z $1 || -z $2 ]] || item+=", \"Content\": {\"S\": $(json_string "$2")}"
  [[ -z ${6:-} ]] || item+=", \"Interrupted\": {\"S\": $(json_string "$6")}"
  [[ -z $4 ]] || values=(--expression-attribute-values "$4")
  table "Writing whose project it is" put-item --item "$item}" --condition-expression "$5" \
    --expression-attribute-names "$3" ${values[@]+"${values[@]}"}
}

# owner_release_is <release, or nothing>: what was applied last. From then on a state that is gone is noticed.
owner_release_is() {
  local left
  left=$(owner_left)
  owner_put "$1" "${settings[project_setup_sha256]}" '{"#s": "Stack"}' "{\":s\": {\"S\": $(json_string "${parameters[Stack]}")}}" '#s = :s' "$left" ||
    fail "The project $project_id was taken from its stack ${parameters[Stack]} during this run. Look at the item $(table_id owner) of the table ${settings[lock_table]}."
  owner_release=$1
  owner_content=${settings[project_setup_sha256]}
  owner_sign=$left
  lease_left=$left
}

# Terraform, or its provider, has been killed, an answer was lost, or the state could not be written: what it made last may be in
# no state, and this run has not looked for it.
owner_unwritten() { : >"$work/unwritten"; }

# The lease of a holder that died goes with this run, and so does this run's own: with it the only sign that something may have
# been made which no state knows. A run that has not looked for it leaves the sign here, and the next apply looks.
owner_interrupted() {
  local left
  left=$(owner_left)
  [[ $left != "$owner_sign" ]] || return 0
  lease_is_ours || return 0
  owner_put "$owner_release" "$owner_content" '{"#s": "Stack"}' "{\":s\": {\"S\": $(json_string "${parameters[Stack]}")}}" '#s = :s' "$left" || :
}

# owner_left: the runs after which nobody has looked yet, this one among them: host|time|release, …
# What an earlier run had left stays with it, or a second death would make it forgotten. A run knows the resources of its own
# release: what one of another release has made is left to that one.
owner_left() {
  local entry entries=() left="" release
  [[ ! -e $work/unwritten ]] || left="$lease_host|$lease_started|$(owner_makes)"
  IFS=, read -r -a entries <<<"$lease_dead,$lease_left"
  for entry in ${entries[@]+"${entries[@]}"}; do
    [[ -n $entry ]] || continue
    if [[ -e $work/adopted ]]; then
      release=$(cut -d '|' -s -f 3 <<<"$entry")
      # A runner of before wrote no content.
      [[ -n $release && $release != "${settings[release_version]}" && $release != "$(owner_makes)" ]] || continue
      # Of several runs of a release one will do.
      [[ ",$left," != *"|$release,"* ]] || continue
      entry="|$(cut -d '|' -f 2 <<<"$entry")|$release"
    fi
    left+=${left:+,}$entry
  done
  cut -d , -f 1-8 <<<"$left"
}

owner_forget() {
  table "Forgetting whose project it was" delete-item --key "$(table_key owner)" --condition-expression '#s = :s' \
    --expression-attribute-names '{"#s": "Stack"}' \
    --expression-attribute-values "{\":s\": {\"S\": $(json_string "${parameters[Stack]}")}}" || :
  # There is no item to leave a sign in.
  owner_sign=""
  lease_dead=""
  lease_left=""
}
