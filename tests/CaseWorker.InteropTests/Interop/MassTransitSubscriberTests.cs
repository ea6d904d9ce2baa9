using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace CaseWorker.InteropTests.Interop;

/// <summary>Teams that have MassTransit subscribe with an ordinary consumer: plain JSON becomes their typed message.</summary>
public sealed class MassTransitSubscriberTests(Servers servers)
{
    [Theory]
    [InlineData(CaseTopology.AcceptedExchange, CaseTopology.ConflictedExchange, CaseTopology.RejectedExchange)]
    [InlineData(CaseTopology.OutcomeExchange)]
    public async Task An_ordinary_consumer_gets_each_outcome_typed_with_its_ids(params string[] exchanges)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var consumer = new Collector();
        workspace.Own(await MassTransitClient.StartAsync(workspace, (rabbit, _) => rabbit.ReceiveEndpoint("subscriber", endpoint =>
        {
            Subscribe(endpoint, exchanges);
            endpoint.Instance(consumer);
        })));
        await workspace.StartWorkerAsync();
        var thread = Guid.NewGuid();
        var (accepted, conflicted, rejected) = await ThreeAsync(workspace, thread);

        var all = await consumer.ThreeAsync();
        var accept = all.OfType<ConsumeContext<CaseAccepted>>().ShouldHaveSingleItem();
        accept.Message.ShouldBe(accept.Message with { CommandId = CommandJson.IdOf(accepted), CaseReference = 1, Action = "case.create", Status = 200, Nonce = 1, GlobalNonce = 1, Version = 1, Changed = true, Actor = "tester" });
        var conflict = all.OfType<ConsumeContext<CaseConflicted>>().ShouldHaveSingleItem();
        conflict.Message.CommandId.ShouldBe(CommandJson.IdOf(conflicted));
        conflict.Message.Reason.ShouldBe(ConflictReasons.Version);
        conflict.Message.ProposedVersion.ShouldBe(7);
        conflict.Message.CurrentVersion.ShouldBe(1);
        conflict.Message.LastEvent!.Action.ShouldBe("case.create");
        var reject = all.OfType<ConsumeContext<CaseRejected>>().ShouldHaveSingleItem();
        reject.Message.CommandId.ShouldBe(CommandJson.IdOf(rejected));
        reject.Message.Errors.ShouldHaveSingleItem().Path.ShouldBe("/action");
        foreach (var (context, outcome) in new (ConsumeContext, CaseOutcome)[] { (accept, accept.Message), (conflict, conflict.Message), (reject, reject.Message) })
        {
            context.MessageId.ShouldBe(outcome.OutcomeId);
            context.CorrelationId.ShouldBe(thread);
            outcome.CorrelationId.ShouldBe(thread.ToString());
            outcome.RecordedAt.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
        }

        (await workspace.ReadyAsync("subscriber")).ShouldBe(0u);
    }

    [Fact]
    public async Task The_MassTransit_test_harness_sees_the_outcomes()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var provider = new ServiceCollection()
            .AddMassTransitTestHarness(TextWriter.Null, bus =>
            {
                bus.AddConsumer<Collector>();
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    MassTransitClient.ConfigureHost(rabbit, workspace);
                    rabbit.ReceiveEndpoint("harness", endpoint =>
                    {
                        Subscribe(endpoint, [CaseTopology.OutcomeExchange]);
                        endpoint.ConfigureConsumer<Collector>(context);
                    });
                });
            })
            .BuildServiceProvider(validateScopes: true);
        var harness = provider.GetRequiredService<ITestHarness>();
        harness.TestTimeout = TimeSpan.FromSeconds(60);
        await harness.Start();
        try
        {
            await workspace.StartWorkerAsync();
            var (accepted, conflicted, rejected) = await ThreeAsync(workspace, Guid.NewGuid());

            (await harness.Consumed.Any<CaseAccepted>(message => message.Context.Message.CommandId == CommandJson.IdOf(accepted))).ShouldBeTrue();
            (await harness.Consumed.Any<CaseConflicted>(message => message.Context.Message.CommandId == CommandJson.IdOf(conflicted))).ShouldBeTrue();
            (await harness.Consumed.Any<CaseRejected>(message => message.Context.Message.CommandId == CommandJson.IdOf(rejected))).ShouldBeTrue();
        }
        finally
        {
            await harness.Stop();
        }
    }

    private static void Subscribe(IRabbitMqReceiveEndpointConfigurator endpoint, string[] exchanges)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.UseRawJsonDeserializer(RawSerializerOptions.Default, isDefault: false);
        foreach (var exchange in exchanges)
        {
            endpoint.Bind(exchange, binding => binding.ExchangeType = ExchangeType.Fanout);
        }
    }

    private static async Task<(JsonObject Accepted, JsonObject Conflicted, JsonObject Rejected)> ThreeAsync(Workspace workspace, Guid thread)
    {
        var accepted = CommandJson.Create(1);
        var conflicted = CommandJson.Merge(1, [], version: 7);
        var rejected = CommandJson.Of(1, "case.close", new JsonObject());
        foreach (var command in new[] { accepted, conflicted, rejected })
        {
            command["correlationId"] = thread.ToString();
        }

        await (await workspace.PublisherAsync()).SendAsync([accepted, conflicted, rejected]);
        return (accepted, conflicted, rejected);
    }

    /// <summary>A consumer as any team would write it.</summary>
    internal sealed class Collector : IConsumer<CaseAccepted>, IConsumer<CaseConflicted>, IConsumer<CaseRejected>
    {
        private readonly ConcurrentQueue<ConsumeContext> contexts = new();
        private readonly TaskCompletionSource three = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Consume(ConsumeContext<CaseAccepted> context) => Take(context);

        public Task Consume(ConsumeContext<CaseConflicted> context) => Take(context);

        public Task Consume(ConsumeContext<CaseRejected> context) => Take(context);

        public async Task<IReadOnlyCollection<ConsumeContext>> ThreeAsync()
        {
            await three.Task.WaitAsync(TimeSpan.FromSeconds(60));
            return [.. contexts];
        }

        private Task Take(ConsumeContext context)
        {
            contexts.Enqueue(context);
            if (contexts.Count == 3)
            {
                three.TrySetResult();
            }

            return Task.CompletedTask;
        }
    }
}
