using CaseWorker.Client;
using CaseWorker.Client.Sending;
using CaseWorker.Contracts;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

/// <summary>The client and its sender, without a broker and with a clock that stands still.</summary>
public sealed class CommandSenderTests : IAsyncLifetime
{
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TimerClock clock = new();
    private readonly FakeClientBroker broker = new();
    private readonly CaseWorkerClient client;

    public CommandSenderTests()
    {
        var options = new CaseWorkerClientOptions { PublishTimeout = PublishTimeout, MaxOutstandingCommands = 3, MaxOutstandingBytes = 1024 * 1024 };
        client = new CaseWorkerClient(options, new CommandSender(options, broker, clock, NullLogger.Instance), new FakeReader(), clock);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        var ending = client.DisposeAsync().AsTask();
        while (!ending.IsCompleted)
        {
            clock.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        await ending;
    }

    [Fact]
    public async Task A_confirmed_command_is_published()
    {
        var command = CaseCommands.AddNote(5, "a");
        var publishing = client.PublishAsync(command);
        var message = await broker.NextAsync();
        message.CommandId.ShouldBe(command.CommandId);
        message.RoutingKey.ShouldBe(CaseTopology.RoutingKeyOf(CaseTopology.SlotOf(5, CaseTopology.SlotCount)));
        message.Properties.DeliveryMode.ShouldBe(DeliveryModes.Persistent);
        message.Properties.ReplyTo.ShouldBeNull();
        publishing.IsCompleted.ShouldBeFalse();

        await message.AckAsync();
        await publishing;
    }

    [Fact]
    public async Task Commands_of_a_case_go_out_in_the_order_of_the_calls_and_each_has_the_brokers_own_answer()
    {
        var commands = Enumerable.Range(0, 3).Select(n => CaseCommands.AddNote(5, $"{n}")).ToList();
        var publishing = commands.Select(command => client.PublishAsync(command)).ToList();
        var messages = new[] { await broker.NextAsync(), await broker.NextAsync(), await broker.NextAsync() };
        messages.Select(message => message.CommandId).ShouldBe(commands.Select(command => command.CommandId));

        await messages[2].AckAsync();
        await publishing[2];
        await messages[1].NackAsync();
        (await Should.ThrowAsync<CommandRefusedException>(publishing[1])).MayTakeEffect.ShouldBeTrue();
        publishing[0].IsCompleted.ShouldBeFalse();
        await messages[0].AckAsync();
        await publishing[0];
    }

    [Fact]
    public async Task A_command_that_the_broker_returns_has_no_effect_although_the_broker_confirms_it()
    {
        var (lost, kept) = (client.PublishAsync(CaseCommands.AddNote(5, "a")), client.PublishAsync(CaseCommands.AddNote(5, "b")));
        var (first, second) = (await broker.NextAsync(), await broker.NextAsync());
        await first.ReturnAsync();
        await second.AckAsync(multiple: true);
        (await Should.ThrowAsync<CommandUnroutableException>(lost)).MayTakeEffect.ShouldBeFalse();
        await kept;
    }

    [Fact]
    public async Task A_command_that_is_not_confirmed_in_time_may_take_effect()
    {
        var publishing = client.PublishAsync(CaseCommands.AddNote(5, "a"));
        var message = await broker.NextAsync();
        clock.Advance(PublishTimeout);
        var error = await Should.ThrowAsync<ConfirmTimeoutException>(publishing);
        error.MayTakeEffect.ShouldBeTrue();
        error.Message.ShouldContain("has not confirmed it within 15 s");
        await message.AckAsync();
    }

    [Fact]
    public async Task A_command_that_waits_for_the_connection_longer_than_its_time_is_never_sent()
    {
        broker.OnConnect = () => new TaskCompletionSource<FakeConnection>().Task;
        var publishing = client.PublishAsync(CaseCommands.AddNote(5, "too late"));
        await TimersAsync(2);
        clock.Advance(PublishTimeout);
        (await Should.ThrowAsync<BrokerUnavailableException>(publishing)).MayTakeEffect.ShouldBeFalse();

        broker.OnConnect = () => Task.FromResult(broker.Open());
        var later = CaseCommands.AddNote(5, "in time");
        var second = PublishUntilConfirmedAsync(later);
        var message = await broker.NextAsync();
        message.CommandId.ShouldBe(later.CommandId);
        await message.AckAsync();
        await second;
    }

    [Fact]
    public async Task An_attempt_to_connect_that_hangs_is_given_up_for_another_and_its_connection_is_ended()
    {
        var hanging = new TaskCompletionSource<FakeConnection>();
        broker.OnConnect = () => hanging.Task;
        var publishing = client.PublishAsync(CaseCommands.AddNote(5, "a"));
        await TimersAsync(2);
        clock.Advance(broker.AttemptLimit);

        broker.OnConnect = () => Task.FromResult(broker.Open());
        await TimersAsync(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        var message = await broker.NextAsync();
        await message.AckAsync();
        await publishing;

        var late = broker.Open();
        hanging.SetResult(late);
        await late.Disposed;
    }

    [Fact]
    public async Task When_no_connection_can_be_made_in_time_all_that_wait_fail_so_that_none_overtakes()
    {
        broker.OnConnect = () => Task.FromException<FakeConnection>(new IOException("connection refused"));
        var publishing = Enumerable.Range(0, 3).Select(n => client.PublishAsync(CaseCommands.AddNote(5, $"{n}"))).ToList();
        await PassUntilAsync(Task.WhenAll(publishing));
        foreach (var task in publishing)
        {
            var error = await Should.ThrowAsync<BrokerUnavailableException>(task);
            error.MayTakeEffect.ShouldBeFalse();
            error.Message.ShouldContain("connection refused");
        }
    }

    [Fact]
    public async Task A_refused_login_fails_at_once()
    {
        broker.OnConnect = () => Task.FromException<FakeConnection>(new BrokerUnreachableException(new AuthenticationFailureException("no such user")));
        var error = await Should.ThrowAsync<BrokerUnavailableException>(client.PublishAsync(CaseCommands.AddNote(5, "a")).WaitAsync(Patience));
        error.Message.ShouldContain("no such user");
        error.MayTakeEffect.ShouldBeFalse();
    }

    [Fact]
    public async Task A_lost_connection_fails_everything_in_flight_and_what_was_added_before_the_loss()
    {
        var inFlight = client.PublishAsync(CaseCommands.AddNote(5, "in flight"));
        await broker.NextAsync();
        var connection = broker.Connections[0];
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<QueueDeclareOk>();
        connection.OnQueueAsked = _ =>
        {
            asked.SetResult();
            return answer.Task;
        };
        var preparing = client.PublishAsync(CaseCommands.AddNote(6, "waits for the broker's answer"));
        await asked.Task;
        var waiting = client.PublishAsync(CaseCommands.AddNote(5, "waits behind it"));

        await connection.LoseAsync();
        answer.SetException(new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "closed")));
        (await Should.ThrowAsync<BrokerUnavailableException>(inFlight)).MayTakeEffect.ShouldBeTrue();
        (await Should.ThrowAsync<BrokerUnavailableException>(preparing)).MayTakeEffect.ShouldBeFalse();
        (await Should.ThrowAsync<BrokerUnavailableException>(waiting)).MayTakeEffect.ShouldBeFalse();
        broker.IsQuiet.ShouldBeTrue();
        await connection.Disposed;

        clock.Advance(TimeSpan.FromMilliseconds(1));
        var again = client.PublishAsync(CaseCommands.AddNote(5, "after the loss"));
        await (await broker.NextAsync()).AckAsync();
        await again;
        broker.Connections.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_slot_without_a_queue_is_told_before_anything_is_sent()
    {
        broker.OnConnect = () =>
        {
            var connection = broker.Open();
            connection.OnQueueAsked = _ => Task.FromException<QueueDeclareOk>(new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, Constants.NotFound, "no queue")));
            return Task.FromResult(connection);
        };
        (await Should.ThrowAsync<CommandUnroutableException>(client.PublishAsync(CaseCommands.AddNote(5, "a")).WaitAsync(Patience))).MayTakeEffect.ShouldBeFalse();
        broker.IsQuiet.ShouldBeTrue();
    }

    [Fact]
    public async Task More_commands_than_the_limit_are_not_taken_until_one_is_answered()
    {
        var publishing = Enumerable.Range(0, 3).Select(n => client.PublishAsync(CaseCommands.AddNote(5, $"{n}"))).ToList();
        var first = await broker.NextAsync();
        await Should.ThrowAsync<TooManyCommandsException>(() => client.PublishAsync(CaseCommands.AddNote(5, "too many")));
        await first.AckAsync();
        await publishing[0];
        _ = client.PublishAsync(CaseCommands.AddNote(5, "again"));
    }

    [Fact]
    public async Task More_bytes_than_the_limit_are_not_taken_unless_nothing_else_is_in_flight()
    {
        var large = client.PublishAsync(CaseCommands.AddNote(5, new string('x', 2 * 1024 * 1024)));
        var message = await broker.NextAsync();
        var error = await Should.ThrowAsync<TooManyCommandsException>(() => client.PublishAsync(CaseCommands.AddNote(5, "small")));
        error.Message.ShouldContain("MaxOutstandingBytes is 1048576");
        error.MayTakeEffect.ShouldBeFalse();
        await message.AckAsync();
        await large;
    }

    [Fact]
    public async Task A_reply_is_the_outcome()
    {
        var command = CaseCommands.AddNote(5, "a");
        var submitting = client.SubmitAsync(command, TimeSpan.FromSeconds(30));
        var request = await broker.NextAsync();
        request.Properties.ReplyTo.ShouldStartWith("case-replies.");
        await broker.Connections[0].ReplyAsync(request, Accepted(CaseCommands.AddNote(5, "of another command")));
        submitting.IsCompleted.ShouldBeFalse();

        // Before the confirm: a reply proves more.
        await broker.Connections[0].ReplyAsync(request, Accepted(command));
        (await submitting).ShouldBeOfType<CaseAccepted>().CommandId.ShouldBe(command.CommandId);
    }

    [Fact]
    public async Task After_a_lost_connection_the_same_command_is_published_again_and_its_reply_is_the_outcome()
    {
        var command = CaseCommands.AddNote(5, "a");
        var submitting = client.SubmitAsync(command, TimeSpan.FromSeconds(30));
        var first = await broker.NextAsync();
        await first.AckAsync();
        await broker.Connections[0].LoseAsync();

        var second = await broker.NextAsync();
        second.CommandId.ShouldBe(command.CommandId);
        second.Properties.CorrelationId.ShouldNotBe(first.Properties.CorrelationId);
        second.Properties.ReplyTo.ShouldNotBe(first.Properties.ReplyTo);
        await second.AckAsync();
        await broker.Connections[1].ReplyAsync(second, Accepted(command));
        (await submitting).ShouldBeOfType<CaseAccepted>().CommandId.ShouldBe(command.CommandId);
    }

    [Fact]
    public async Task A_reply_that_does_not_come_in_time_leaves_the_outcome_unknown()
    {
        var submitting = client.SubmitAsync(CaseCommands.AddNote(5, "a"), TimeSpan.FromSeconds(30));
        var request = await broker.NextAsync();
        await request.AckAsync();
        await TimersAsync(2);
        clock.Advance(TimeSpan.FromSeconds(30));
        var error = await Should.ThrowAsync<OutcomeUnknownException>(submitting);
        error.MayTakeEffect.ShouldBeTrue();
        error.Message.ShouldContain("not known yet after 30 s");
        await broker.Connections[0].ReplyAsync(request, Accepted(error.Command));
    }

    [Fact]
    public async Task A_reply_that_is_lost_with_a_connection_that_does_not_come_back_leaves_the_outcome_unknown()
    {
        var submitting = client.SubmitAsync(CaseCommands.AddNote(5, "a"), TimeSpan.FromSeconds(10));
        await (await broker.NextAsync()).AckAsync();
        broker.OnConnect = () => Task.FromException<FakeConnection>(new IOException("connection refused"));
        await broker.Connections[0].LoseAsync();
        await PassUntilAsync(submitting);
        var error = await Should.ThrowAsync<OutcomeUnknownException>(submitting);
        error.MayTakeEffect.ShouldBeTrue("the broker has confirmed it");
        error.InnerException.ShouldBeOfType<BrokerUnavailableException>();
    }

    [Fact]
    public async Task A_cancelled_wait_sends_nothing_that_was_not_sent()
    {
        var opening = new TaskCompletionSource<FakeConnection>();
        broker.OnConnect = () => opening.Task;
        using var cancellation = new CancellationTokenSource();
        var cancelled = client.PublishAsync(CaseCommands.AddNote(5, "cancelled"), cancellation.Token);
        var kept = CaseCommands.AddNote(5, "kept");
        var publishing = client.PublishAsync(kept);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);

        opening.SetResult(broker.Open());
        var message = await broker.NextAsync();
        message.CommandId.ShouldBe(kept.CommandId);
        await message.AckAsync();
        await publishing;
    }

    [Fact]
    public async Task The_end_waits_for_what_is_in_flight_and_refuses_the_rest()
    {
        var publishing = client.PublishAsync(CaseCommands.AddNote(5, "a"));
        var message = await broker.NextAsync();
        var ending = client.DisposeAsync().AsTask();
        await Should.ThrowAsync<ObjectDisposedException>(() => client.PublishAsync(CaseCommands.AddNote(5, "b")));
        ending.IsCompleted.ShouldBeFalse();
        await message.AckAsync();
        await publishing;
        await ending.WaitAsync(Patience);
        await broker.Connections[0].Disposed;
    }

    /// <summary>Completes when so many waits have begun on the clock.</summary>
    private async Task TimersAsync(int count)
    {
        for (var begun = 0; begun < count; begun++)
        {
            await clock.WaitBegunAsync();
        }
    }

    /// <summary>Lets a second pass for each wait that begins, until the task ends.</summary>
    private async Task PassUntilAsync(Task task)
    {
        while (await Task.WhenAny(task, clock.WaitBegunAsync()) != task)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>A command that is added while the sender still fails the ones before it fails with them.</summary>
    private async Task PublishUntilConfirmedAsync(CaseCommand command)
    {
        while (true)
        {
            try
            {
                await client.PublishAsync(command);
                return;
            }
            catch (BrokerUnavailableException)
            {
                // Again.
            }
        }
    }

    private static CaseAccepted Accepted(CaseCommand command) => new()
    {
        OutcomeId = Guid.NewGuid(),
        CommandId = command.CommandId,
        CaseReference = command.CaseReference,
        Action = command.Action,
        Status = 200,
        RecordedAt = DateTimeOffset.UnixEpoch,
        Nonce = 1,
        GlobalNonce = 1,
        Version = 1,
        Changed = true,
    };

    /// <summary>Nothing here reads.</summary>
    private sealed class FakeReader : ICaseReader
    {
        public Task<CaseSnapshot?> FindAsync(long caseReference, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<FeedEvent>> EventsAsync(long caseReference, long afterNonce, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
