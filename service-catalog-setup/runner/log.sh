# shellcheck shell=bash
# The run's output goes to this machine's output and, every few seconds, to the log group.
readonly log_interval=15

# Reads lines from standard input until it ends; each is kept with the time it came at.
log_collect() {
  local line="" partial="" now last status
  trap '' TERM INT HUP
  log_open
  : >"$work/log.pending"
  printf -v last '%(%s)T' -1
  while :; do
    status=0
    IFS= read -r -t "$log_interval" line || status=$?
    if ((status > 128)); then
      partial+=$line
    else
      line=$partial$line
      partial=""
      if ((status == 0)) || [[ -n $line ]]; then
        printf -v now '%(%s)T' -1
        printf '%s\n' "$line"
        printf '%s\t%s\n' "${now}000" "$line" >>"$work/log.pending"
      fi
      ((status == 0)) || break
    fi
    printf -v now '%(%s)T' -1
    if ((now - last >= log_interval)); then
      log_publish
      last=$now
    fi
  done
  log_publish
}

log_open() {
  aws logs create-log-stream --log-group-name "${settings[log_group]}" --log-stream-name "$log_stream" ||
    echo "The log stream $log_stream could not be created; this run's log is only on this machine." >&2
}

# PutLogEvents takes at most 10,000 events and 1,048,576 bytes, counting 26 bytes for each event; an event at most
# 262,144 bytes. (CloudWatch Logs API reference, PutLogEvents.)
log_publish() {
  local batch
  [[ -s $work/log.pending ]] || return 0
  rm -f "$work"/log.batch.*
  awk -F '\t' -v prefix="$work/log.batch." "$json_awk"'
    function finish() { if (events) { print "]" > file; close(file); events = 0; bytes = 0 } }
    {
      time = $1
      text = substr($0, length(time) + 2)
      if (length(text) > 60000) text = substr(text, 1, 60000) " (cut here)"
      if (text == "") text = " "
      # A byte that is not UTF-8 counts as the three of its replacement.
      size = 3 * length(text) + 26
      if (events == 5000 || bytes + size > 900000) finish()
      if (!events) file = prefix sprintf("%06d", ++batches)
      print (events ? "," : "[") "{\"timestamp\":" time ",\"message\":\"" json(text) "\"}" > file
      events++
      bytes += size
    }
    END { finish() }' "$work/log.pending"
  : >"$work/log.pending"
  for batch in "$work"/log.batch.*; do
    aws logs put-log-events --log-group-name "${settings[log_group]}" --log-stream-name "$log_stream" \
      --log-events "file://$batch" >/dev/null ||
      echo "Part of the log could not be written to ${settings[log_group]}; it is only in this machine's output." >&2
  done
}
