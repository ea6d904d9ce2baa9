#!/usr/bin/env bash
# Prints the outcomes that wait in a queue of your own, one line each, through RabbitMQ's management plugin, and ends.
#
#   subscribe.sh my-team.outcomes      # the first time: creates the durable queue, which collects outcomes from now on
#   subscribe.sh my-team.outcomes      # later: prints them
#
# The plugin acknowledges what it returns. If its response is lost, those outcomes are lost: at most once.
# For experiments and scripts. A service reads over AMQP: see the examples in Python and Node.js.
# The plugin is at RabbitMq__Management, for example http://guest:guest@localhost:15672; the virtual host is
# RabbitMq__VirtualHost, default /. Needs curl and jq.
set -euo pipefail

readonly management=${RabbitMq__Management:?is not set}
vhost=$(jq -rn --arg name "${RabbitMq__VirtualHost-/}" '$name | @uri')
queue=$(jq -rn --arg name "$1" '$name | @uri')
# Outcomes arrive at least once. Store the ids beside their effect; here a file is enough.
readonly seen=${2-$1.seen}
touch "$seen"

api() { # METHOD PATH JSON
  curl --silent --show-error --fail-with-body --request "$1" --json "$3" "$management/api/$2"
}

api PUT "exchanges/$vhost/case-outcomes" '{"type": "fanout", "durable": true}'
api PUT "queues/$vhost/$queue" '{"durable": true, "arguments": {"x-queue-type": "quorum"}}'
api POST "bindings/$vhost/e/case-outcomes/q/$queue" '{}'

while true; do
  messages=$(api POST "queues/$vhost/$queue/get" '{"count": 100, "ackmode": "ack_requeue_false", "encoding": "auto"}')
  [[ $messages != '[]' ]] || break
  jq -r '.[].payload | fromjson | [.outcomeId, .caseReference, .action, .outcome, .reason, .commandId] | map(values) | join(" ")' <<<"$messages" |
    while read -r outcome_id line; do
      if ! grep -qxF "$outcome_id" "$seen"; then
        echo "$line"
        echo "$outcome_id" >>"$seen"
      fi
    done
done
