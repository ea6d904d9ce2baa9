#!/usr/bin/env python3
"""Publishes one case command and prints its command id.

    publish.py 1600000000000010 case.create '{"status": "open"}'
    publish.py 1600000000000010 case.merge '{"status": "granted"}' --proposed-version 2
    publish.py 1600000000000010 note.add '{"body": "Called the applicant."}'

The broker is the one in RabbitMq__Uri, for example amqp://guest:guest@localhost:5672/%2F. Needs pika, in Debian
python3-pika.
"""

import argparse
import json
import os
import uuid

import pika

SLOTS = 64  # part of the wire format: always 64


def main():
    parser = argparse.ArgumentParser(description="Publishes one case command and prints its command id.")
    parser.add_argument("case_reference", type=int)
    parser.add_argument("action")
    parser.add_argument("body", type=json.loads, help="JSON")
    parser.add_argument("--proposed-version", type=int, help="the version last seen, plus one")
    parser.add_argument("--proposed-nonce", type=int, help="the nonce last seen, plus one")
    parser.add_argument("--actor")
    # A retry must have the same id: keep it until you have the outcome. The worker then publishes the first outcome again.
    parser.add_argument("--command-id", type=uuid.UUID, default=uuid.uuid4())
    arguments = parser.parse_args()

    command = {
        "commandId": str(arguments.command_id),
        "caseReference": str(arguments.case_reference),  # a string: some languages lose integers above 2^53
        "action": arguments.action,
        "proposedVersion": arguments.proposed_version,  # null counts as absent
        "proposedNonce": arguments.proposed_nonce,
        "body": arguments.body,
        "actor": arguments.actor,
    }
    with pika.BlockingConnection(pika.URLParameters(os.environ["RabbitMq__Uri"])) as connection:
        publish(connection.channel(), command)
    print(command["commandId"])


def publish(channel, command):
    """Returns when the broker has the command; raises if it does not. Publish the commands of one case on one channel."""
    channel.confirm_delivery()  # from now on basic_publish waits for the broker's confirm
    channel.basic_publish(
        exchange="case-commands",
        routing_key=str(int(command["caseReference"]) % SLOTS),  # the slot; integers in Python are exact
        body=json.dumps(command).encode(),
        properties=pika.BasicProperties(
            content_type="application/json",
            delivery_mode=2,  # persistent: survives a restart of the broker
            message_id=command["commandId"],
        ),
        mandatory=True,  # raises UnroutableError if no queue takes it
    )


if __name__ == "__main__":
    main()
