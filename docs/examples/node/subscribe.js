#!/usr/bin/env node
// Prints the outcome of every command, one line each, until it is stopped.
//
//   node subscribe.js my-team.outcomes
//
// The queue is durable: outcomes wait in it while nobody reads. The broker is the one in RabbitMq__Uri, for example
// amqp://guest:guest@localhost:5672/%2F. `npm ci` gets amqplib.

import amqp from 'amqplib';

// Outcomes come at least once. Keep the ids beside what you do with them, in the same transaction: a set in memory
// forgets them at a restart.
const seen = new Set();

const queue = process.argv[2];
const connection = await amqp.connect(process.env.RabbitMq__Uri);
const channel = await connection.createChannel();
await channel.assertExchange('case-outcomes', 'fanout', { durable: true }); // all outcomes, of every kind
await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
await channel.bindQueue(queue, 'case-outcomes', '');
await channel.prefetch(100);
await channel.consume(queue, onOutcome);
console.error('subscribed');
process.once('SIGINT', () => connection.close());

function onOutcome(message) {
  if (message === null) {
    throw new Error(`The broker took the queue ${queue} away.`);
  }
  const outcome = JSON.parse(message.content.toString());
  if (!seen.has(outcome.outcomeId)) {
    handle(outcome);
    seen.add(outcome.outcomeId);
  }
  channel.ack(message); // last: what is not acknowledged comes again
}

function handle({ caseReference, action, outcome, reason, commandId }) {
  console.log([caseReference, action, outcome, reason, commandId].filter((part) => part !== undefined).join(' '));
}
