#!/usr/bin/env node
// Publishes one case command and prints its command id.
//
//   node publish.js 1600000000000010 case.create '{"status": "open"}'
//   node publish.js 1600000000000010 case.merge '{"status": "granted"}' --proposed-version 2
//   node publish.js 1600000000000010 note.add '{"body": "Called the applicant."}'
//
// The broker is the one in RabbitMq__Uri, for example amqp://guest:guest@localhost:5672/%2F. `npm ci` gets amqplib.

import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import amqp from 'amqplib';

const SLOTS = 64n; // part of the wire format: always 64

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'proposed-version': { type: 'string' }, // the version last seen, plus one
    'proposed-nonce': { type: 'string' }, // the nonce last seen, plus one
    actor: { type: 'string' },
    // A retry must have the same id: keep it until you have the outcome. The worker then publishes the first outcome again.
    'command-id': { type: 'string', default: randomUUID() },
  },
});
const [caseReference, action, body] = positionals;
const command = {
  commandId: options['command-id'],
  caseReference, // a string: a number would lose its last digits above 2^53
  action,
  proposedVersion: numberOrNull(options['proposed-version']), // null counts as absent
  proposedNonce: numberOrNull(options['proposed-nonce']),
  body: JSON.parse(body), // here too: send integers above 2^53 as strings
  actor: options.actor ?? null,
};

const connection = await amqp.connect(process.env.RabbitMq__Uri);
try {
  await publish(await connection.createConfirmChannel(), command);
} finally {
  await connection.close();
}
console.log(command.commandId);

// Resolves when the broker has the command; rejects if it does not. Publish the commands of one case on one channel.
async function publish(channel, command) {
  let returned = false;
  channel.on('return', () => (returned = true)); // arrives before the confirm if no queue takes a mandatory message
  channel.publish(
    'case-commands',
    String(BigInt(command.caseReference) % SLOTS), // the slot; BigInt is exact
    Buffer.from(JSON.stringify(command)),
    {
      contentType: 'application/json',
      persistent: true, // survives a restart of the broker
      messageId: command.commandId,
      mandatory: true,
    },
  );
  await channel.waitForConfirms();
  if (returned) {
    throw new Error('No queue took the command. Has a worker run on this broker?');
  }
}

function numberOrNull(text) {
  return text === undefined ? null : Number(text);
}
