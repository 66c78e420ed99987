#!/usr/bin/env bash
# What hostile/layers/build.py has bash do:  build.sh <folder>
#
# The folder has `scripts/<name>`, commands as CloudFormation or CodeBuild gives them to bash, and `asked`: lines with a number
# and the name of the script to run. `values/<number>` are variables to run it with, each `NAME=text` and ended by NUL. The programs
# that the commands call are functions here; what a call was given is in `calls/<number>`, what was said in `said/<number>`.
set -euo pipefail
cd "$1"
command mkdir calls said work
root=$PWD

called() {
  local argument
  for argument; do printf '%s\0' "$argument"; done >>"$root/calls/$number"
  printf '\n' >>"$root/calls/$number"
}
python() {
  called python "$@"
  # What a program answers flows back through $(…).
  [[ $* != *pipeline.run* && $* != *deploy.show* ]] || printf '%s' "${SAGEMAKER_PROJECT_NAME:-}"
}
pip() { called pip "$@"; }
aws() { called aws "$@"; }
tar() { called tar "$@"; }
cp() { called cp "$@"; }
mkdir() { called mkdir "$@"; }
sha256sum() {
  called sha256sum "$@"
  # Whoever writes into a pipe that nobody reads fails, sometimes.
  cat >/dev/null
}
mktemp() { printf '%s' "$root/work"; }
bash() {
  called bash "$@"
  mapfile -d '' -t parameters <parameters
  printf '%s' "${parameters[@]}" >"$root/said/$number.parameters"
  printf 'a-word\n' >output
}

run() {
  local number=$1 script
  script=$(<"scripts/$2")
  (
    while IFS= read -r -d '' variable; do export "${variable?}"; done <"$root/values/$1"
    # Where a redirection would write to.
    cd "$root/work"
    eval "$script"
  ) >"said/$1" 2>&1 || printf 'status %s\n' "$?" >>"said/$1"
}

while read -r number name; do
  run "$number" "$name"
done <asked
