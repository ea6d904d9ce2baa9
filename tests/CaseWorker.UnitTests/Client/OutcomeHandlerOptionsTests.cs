using CaseWorker.Client;
using CaseWorker.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

public sealed class OutcomeHandlerOptionsTests
{
    [Fact]
    public void What_is_missing_is_told_where_the_handler_is_registered() =>
        Should.Throw<OptionsValidationException>(() => new ServiceCollection().AddOutcomeHandler<Nothing>(_ => { })).Failures.ShouldBe(
        [
            "OutcomeHandlerOptions.Queue is \"\"; set it to the subscriber's own name, 1 to 200 characters, not beginning with amq.",
            "OutcomeHandlerOptions has no positions; call UsePositions<TDbContext>() of CaseWorker.Client.EntityFrameworkCore, UsePositions with your own, or UsePositionsInMemory().",
        ]);

    [Theory]
    [InlineData(0, 30, 30, 50, "Kinds is None")]
    [InlineData(16, 30, 30, 50, "Kinds is 16")]
    [InlineData(7, 0.9, 30, 50, "IdRetention is 21:36:00; set it to 1 day to 10 years.")]
    [InlineData(7, 30, 0.5, 50, "MaxRetryDelay is 00:00:00.5000000; set it to 00:00:01 to 00:10:00.")]
    [InlineData(7, 30, 30, 0, "PrefetchCount is 0; set it to 1 to 1000.")]
    public void What_cannot_work_is_told_with_its_range(int kinds, double days, double seconds, ushort prefetch, string what) =>
        Should.Throw<OptionsValidationException>(() => new ServiceCollection().AddOutcomeHandler<Nothing>(handler =>
        {
            handler.Queue = "invoices";
            handler.UsePositionsInMemory();
            handler.Kinds = (OutcomeKinds)kinds;
            handler.IdRetention = TimeSpan.FromDays(days);
            handler.MaxRetryDelay = TimeSpan.FromSeconds(seconds);
            handler.PrefetchCount = prefetch;
        })).Failures.ShouldHaveSingleItem().ShouldStartWith("OutcomeHandlerOptions." + what);

    [Fact]
    public void A_queue_has_one_handler()
    {
        var services = new ServiceCollection().AddOutcomeHandler<Nothing>(Invoices);

        Should.Throw<ArgumentException>(() => services.AddOutcomeHandler<Nothing>(Invoices)).Message.ShouldStartWith("The queue invoices has a handler already");
    }

    [Fact]
    public async Task Without_an_API_a_handler_of_accepted_outcomes_does_not_start()
    {
        await using var provider = new ServiceCollection()
            .AddCaseWorkerClient(options => options.Broker = new Uri("amqp://nowhere.invalid"))
            .AddOutcomeHandler<Nothing>(Invoices)
            .BuildServiceProvider();

        var error = await Should.ThrowAsync<InvalidOperationException>(() => provider.GetServices<IHostedService>().Single(service => service.GetType().Name == "OutcomeSubscription").StartAsync(CancellationToken.None));

        error.Message.ShouldStartWith("The handler of invoices cannot read what its queue misses: CaseWorkerClientOptions.Api is not set");
    }

    private static void Invoices(OutcomeHandlerOptions handler)
    {
        handler.Queue = "invoices";
        handler.UsePositionsInMemory();
    }

    private sealed class Nothing : IOutcomeHandler
    {
        public Task HandleAsync(CaseOutcome outcome, OutcomeContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
