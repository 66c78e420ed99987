# shellcheck shell=bash
# Phases of a run, and the reason it failed for: one sentence, for the log and the run record.

say() { printf '%s\n' "$*"; }

phase() {
  current_phase=$1
  say "== $1"
}

# fail <reason>: ends the run. The first reason counts; what fails afterwards is a consequence.
fail() {
  failure_note "$*"
  exit 1
}

# skip <reason>: ends a run that could not do what it was for, and that nothing is wrong with.
skip() {
  : >"$work/skipped"
  printf 'not-looked-at\n' >"$work/output"
  failure_note "$*"
  exit 0
}

failure_note() {
  if [[ ! -s $reason_file ]]; then
    printf '%s' "$*" >"$reason_file"
  fi
}

# A command that failed without a word of ours: name the phase, its own message stands above in the log.
failure_explain() {
  failure_note "\"${current_phase:-Start}\" failed; the lines above say why."
}
