#!/usr/bin/env bash
# Prints the outcomes that wait in a queue of your own, one line each, through RabbitMQ's management plugin, and ends.
#
#   subscribe.sh my-team.outcomes      # the first time: makes the durable queue; outcomes wait in it from now on
#   subscribe.sh my-team.outcomes      # later: prints them
#
# The plugin acknowledges what it hands out, so an outcome whose answer is lost on the way here is lost: at most once.
# For trying out and for scripts. A service reads over AMQP, see the examples in Python and Node.js.
# The plugin is at RabbitMq__Management, for example http://guest:guest@localhost:15672; the virtual host is
# RabbitMq__VirtualHost, default /. Needs curl and jq.
set -euo pipefail

readonly management=${RabbitMq__Management:?is not set}
vhost=$(jq -rn --arg name "${RabbitMq__VirtualHost-/}" '$name | @uri')
queue=$(jq -rn --arg name "$1" '$name | @uri')
# Outcomes come at least once. Keep the ids beside what you do with them; a file will do here.
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
