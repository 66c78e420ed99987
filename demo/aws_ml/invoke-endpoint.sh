#!/usr/bin/env bash
# invoke-endpoint.sh <endpoint> <line of CSV in base64>
#
# One request of SageMaker's runtime API, signed as the role that the cluster has: `request.conf` beside this file has address and
# credentials. PostgreSQL runs this (COPY FROM PROGRAM) and takes what it prints.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
address=$(sed -n 's/^# address //p' "$here/request.conf")
answer=$(base64 -d <<<"$2" | curl --config "$here/request.conf" --data-binary @- "$address/endpoints/$1/invocations") || {
  printf '%s\n' "${answer:-The endpoint $1 did not answer.}" >&2
  exit 1
}
printf '%s\n' "$answer"
