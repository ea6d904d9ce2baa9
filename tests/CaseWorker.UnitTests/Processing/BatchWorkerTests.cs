using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.RabbitMq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Processing;

public sealed class BatchWorkerTests
{
    [Fact]
    public async Task A_worker_that_loses_its_slot_while_the_database_is_away_recovers_once_it_answers()
    {
        var broker = new FakeBroker();
        var health = new ProcessingHealth();
        var whileAway = HealthStatus.Healthy;
        using var dispatcher = new BatchDispatcher(1, TimeProvider.System);
        var channel = new SlotChannel(broker.Context, new SlotLease(7, 1), dispatcher.Admit, TimeProvider.System);
        channel.Enter(FakeBroker.Deliver(channel, 1));
        dispatcher.Complete();

        await BatchWorker(dispatcher, health, new Processor(
            () => throw new TimeoutException("the database is away"),
            async () =>
            {
                whileAway = await StatusAsync(health);
                await broker.ShutDownAsync();
                throw new LeaseLostException([7]);
            })).RunAsync();

        whileAway.ShouldBe(HealthStatus.Unhealthy);
        (await StatusAsync(health)).ShouldBe(HealthStatus.Healthy);
    }

    private static async Task<HealthStatus> StatusAsync(ProcessingHealth health) =>
        (await health.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken)).Status;

    /// <summary>One that publishes nothing and ends nobody.</summary>
    private static BatchWorker BatchWorker(BatchDispatcher dispatcher, ProcessingHealth health, IBatchProcessor processor)
    {
        var services = new ServiceCollection().AddMetrics().AddSingleton<CaseWorkerMetrics>().BuildServiceProvider();
        var lifetime = Fake.Of<IHostApplicationLifetime>(("get_ApplicationStopping", _ => CancellationToken.None));
        return new BatchWorker(
            0,
            dispatcher,
            ParsedCommands.Reader,
            processor,
            new SilentPublisher(),
            new LeaseLostHandler(reason => throw new InvalidOperationException(reason)),
            health,
            services.GetRequiredService<CaseWorkerMetrics>(),
            lifetime,
            TimeProvider.System,
            NullLogger<BatchWorker>.Instance);
    }

    /// <summary>Answers each batch as told.</summary>
    private sealed class Processor(params Func<Task<IReadOnlyList<ProcessedDelivery>>>[] answers) : IBatchProcessor
    {
        private readonly Queue<Func<Task<IReadOnlyList<ProcessedDelivery>>>> left = new(answers);

        public Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch) => left.Dequeue()();
    }

    private sealed class SilentPublisher : IOutcomePublisher
    {
        public Task<bool> PublishAsync(int worker, IReadOnlyList<OutcomeToPublish> outcomes) => Task.FromResult(true);
    }
}
