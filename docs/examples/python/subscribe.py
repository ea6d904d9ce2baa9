#!/usr/bin/env python3
"""Prints the outcome of every command, one line each, until it is stopped.

    subscribe.py my-team.outcomes

The queue is durable: outcomes wait in it while nobody reads. The broker is the one in RabbitMq__Uri, for example
amqp://guest:guest@localhost:5672/%2F. Needs pika, in Debian python3-pika.
"""

import json
import os
import sys

import pika

# Outcomes arrive at least once. Store the ids in the same transaction as their effect: a set in memory is empty after
# a restart.
seen = set()


def main(queue):
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["RabbitMq__Uri"]))
    channel = connection.channel()
    channel.exchange_declare("case-outcomes", exchange_type="fanout", durable=True)  # all outcomes, of every kind
    channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(queue, "case-outcomes")
    channel.basic_qos(prefetch_count=100)
    channel.basic_consume(queue, on_outcome)
    print("subscribed", file=sys.stderr, flush=True)
    try:
        channel.start_consuming()
    except KeyboardInterrupt:
        connection.close()


def on_outcome(channel, method, _properties, body):
    outcome = json.loads(body)
    if outcome["outcomeId"] not in seen:
        handle(outcome)
        seen.add(outcome["outcomeId"])
    channel.basic_ack(method.delivery_tag)  # last: an outcome that is not acknowledged is delivered again


def handle(outcome):
    reason = f" {outcome['reason']}" if "reason" in outcome else ""
    print(f"{outcome['caseReference']} {outcome['action']} {outcome['outcome']}{reason} {outcome['commandId']}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
