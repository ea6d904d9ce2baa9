#!/usr/bin/env node
// Prints the outcome of every command, one line each, until it is stopped.
//
//   node subscribe.js my-team.outcomes
//
// The queue is durable: outcomes wait in it while nobody reads. The broker is the one in RabbitMq__Uri, for example
// amqp://guest:guest@localhost:5672/%2F. `npm ci` gets amqplib.

import amqp from 'amqplib';

// Outcomes arrive at least once. Store the ids in the same transaction as their effect: a set in memory is empty after
// a restart.
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
    throw new Error(`The queue ${queue} was deleted.`);
  }
  const outcome = JSON.parse(message.content.toString());
  if (!seen.has(outcome.outcomeId)) {
    handle(outcome);
    seen.add(outcome.outcomeId);
  }
  channel.ack(message); // last: an outcome that is not acknowledged is delivered again
}

function handle({ caseReference, action, outcome, reason, commandId }) {
  console.log([caseReference, action, outcome, reason, commandId].filter((part) => part !== undefined).join(' '));
}
