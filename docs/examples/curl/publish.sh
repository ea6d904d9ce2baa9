#!/usr/bin/env bash
# Publishes one case command through RabbitMQ's management plugin and prints its command id.
#
#   publish.sh 1600000000000010 case.create '{"status": "open"}'
#   publish.sh 1600000000000010 case.merge '{"status": "granted"}' '{"proposedVersion": 2}'
#   publish.sh 1600000000000010 note.add '{"body": "Called the applicant."}'
#
# The last argument adds fields, or replaces them: a retry carries {"commandId": "…"} of the first try.
# The plugin is at RabbitMq__Management, for example http://guest:guest@localhost:15672; the virtual host is
# RabbitMq__VirtualHost, default /. Needs curl and jq.
set -euo pipefail

readonly slots=64 # part of the wire format: always 64
readonly case_reference=$1 action=$2 body=$3 more=${4-'{}'}
readonly management=${RabbitMq__Management:?is not set}
vhost=$(jq -rn --arg name "${RabbitMq__VirtualHost-/}" '$name | @uri')

# The case reference is a string: jq loses integers above 2^53, also in a body.
command=$(jq -cn --arg id "$(cat /proc/sys/kernel/random/uuid)" --arg case "$case_reference" --arg action "$action" \
  --argjson body "$body" --argjson more "$more" \
  '{commandId: $id, caseReference: $case, action: $action, body: $body} + $more')
command_id=$(jq -r .commandId <<<"$command")

# Bash has 64-bit integers. Without 10#, leading zeros would mean octal. delivery_mode 2: survives a restart of the broker.
answer=$(jq -n --arg slot "$((10#$case_reference % slots))" --arg command "$command" --arg id "$command_id" '{
    routing_key: $slot,
    payload: $command,
    payload_encoding: "string",
    properties: {content_type: "application/json", delivery_mode: 2, message_id: $id}
  }' | curl --silent --show-error --fail-with-body --json @- "$management/api/exchanges/$vhost/case-commands/publish")

# The plugin publishes with the mandatory flag and waits for the broker's confirm before it answers.
[[ $(jq .routed <<<"$answer") == true ]] || {
  echo "No queue took the command. Has a worker run on this broker? $answer" >&2
  exit 1
}
echo "$command_id"
