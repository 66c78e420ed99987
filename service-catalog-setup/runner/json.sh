# shellcheck shell=bash
# JSON without jq: strings are escaped byte by byte in awk, and the result is plain ASCII, because the AWS CLI of
# Amazon Linux 2 reads its files as such.

# awk function json(text): the inside of a JSON string. Bytes that are not UTF-8 become U+FFFD.
json_awk='
function json_setup(   i) {
  for (i = 1; i < 256; i++) json_byte[sprintf("%c", i)] = i
  json_ready = 1
}
function json_unit(code) { return "\\u" sprintf("%04x", code) }
function json_code(code) {
  if (code < 65536) return json_unit(code)
  code -= 65536
  return json_unit(55296 + int(code / 1024)) json_unit(56320 + code % 1024)
}
function json_at(i, n) { return i <= n ? json_byte[json_chars[i]] : 0 }
function json(text,   n, i, k, b, c, more, code, least, out) {
  if (text !~ /[^ -~]/ && text !~ /["\\]/) return text
  if (!json_ready) json_setup()
  n = split(text, json_chars, "")
  out = ""
  for (i = 1; i <= n; i++) {
    c = json_chars[i]
    b = json_byte[c]
    if (c == "\"" || c == "\\") { out = out "\\" c; continue }
    if (b >= 32 && b < 127) { out = out c; continue }
    if (b < 128) { out = out json_unit(b + 0); continue }
    if (b >= 194 && b < 224) { more = 1; code = b - 192; least = 128 }
    else if (b >= 224 && b < 240) { more = 2; code = b - 224; least = 2048 }
    else if (b >= 240 && b < 245) { more = 3; code = b - 240; least = 65536 }
    else { out = out "\\ufffd"; continue }
    for (k = 1; k <= more; k++) {
      b = json_at(i + k, n)
      if (b < 128 || b > 191) break
      code = code * 64 + b - 128
    }
    if (k <= more || code < least || code > 1114111 || (code >= 55296 && code < 57344)) { out = out "\\ufffd"; continue }
    out = out json_code(code)
    i += more
  }
  return out
}'

# json_string <text>: a quoted JSON string; line breaks become \n.
json_string() {
  # Most are plain text: no other program is asked then.
  if [[ $1 != *[!\ -~]* && $1 != *[\"\\]* ]]; then
    printf '"%s"' "$1"
    return
  fi
  printf '%s\n' "$1" | awk "$json_awk"'
    NR > 1 { printf "\\n" }
    NR == 1 { printf "\"" }
    { printf "%s", json($0) }
    END { printf "\"" }'
}
