#!/usr/bin/env bash
# Sends one command to a case over HTTP and prints its outcome.
#
#   send.sh 1600000000000010 case.create '{"status": "open"}'
#   send.sh 1600000000000010 case.merge '{"status": "granted"}' '{"proposedVersion": 2}'
#
# The last argument adds fields, or replaces them: a retry carries {"commandId": "…"} of the first try.
# The worker is at CASEWORKER_URL, default http://127.0.0.1:8080; CASEWORKER_KEY is an editor's key. Needs curl and jq.
set -euo pipefail

readonly case_reference=$1 action=$2 body=$3 more=${4-'{}'}
readonly url=${CASEWORKER_URL:-http://127.0.0.1:8080}

# Printed before it is sent: if you get no answer, send the same id again.
command=$(jq -cn --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg action "$action" --argjson body "$body" --argjson more "$more" \
  '{commandId: $id, action: $action, body: $body} + $more')
echo "command $(jq -r .commandId <<<"$command")" >&2

# curl retries after 503: it is the same command with the same id.
curl --silent --show-error --fail-with-body --retry 5 --header "Authorization: Bearer ${CASEWORKER_KEY:?is not set}" \
  --json "$command" "$url/cases/$case_reference/commands"
echo
