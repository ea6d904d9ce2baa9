using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Client;
using CaseWorker.Client.Updating;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

public sealed class CaseUpdaterTests
{
    private readonly InstantTime time = new();
    private readonly List<CaseCommand> sent = [];
    private readonly Queue<Func<CaseCommand, CaseOutcome>> answers = new();
    private readonly Reader reader = new();

    [Fact]
    public async Task It_proposes_the_next_version_with_what_the_change_made_of_the_case()
    {
        answers.Enqueue(Accepted);

        var accepted = await RunAsync(Increment, new CaseUpdateOptions { Actor = "ada", CorrelationId = "thread" });

        accepted.ShouldNotBeNull().CommandId.ShouldBe(sent.ShouldHaveSingleItem().CommandId);
        (sent[0].Action, sent[0].ProposedVersion, sent[0].ProposedNonce, sent[0].Actor, sent[0].CorrelationId).ShouldBe((CaseActions.CaseReplace, 4, null, "ada", "thread"));
        sent[0].Body.GetRawText().ShouldBe("""{"n":1}""");
    }

    [Fact]
    public async Task After_a_conflict_it_proposes_again_from_the_current_case_under_a_new_id()
    {
        answers.Enqueue(command => Conflicted(command, () => (reader.Version, reader.Nonce, reader.Blob) = (7, 12, """{"n":5}""")));
        answers.Enqueue(Accepted);

        await RunAsync(Increment);

        sent.Select(command => command.ProposedVersion).ShouldBe([4, 8]);
        sent[1].Body.GetRawText().ShouldBe("""{"n":6}""");
        sent[0].CommandId.ShouldNotBe(sent[1].CommandId);
        sent[0].CorrelationId.ShouldNotBeNull().ShouldBe(sent[1].CorrelationId);
    }

    [Fact]
    public async Task It_proposes_the_nonce_where_that_is_asked_for()
    {
        answers.Enqueue(Accepted);

        await RunAsync(Increment, new CaseUpdateOptions { Proposal = UpdateProposal.Nonce });

        (sent[0].ProposedVersion, sent[0].ProposedNonce).ShouldBe((null, 10));
    }

    [Fact]
    public async Task No_change_sends_nothing()
    {
        (await RunAsync(_ => null)).ShouldBeNull();
        (await RunAsync(blob => blob)).ShouldBeNull();
        (await RunAsync(_ => JsonNode.Parse("""{ "n": 0.0 }""")!.AsObject())).ShouldBeNull("the same number, spelt otherwise");

        sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Beyond_its_limit_it_says_how_often_and_against_whom_it_lost()
    {
        for (var i = 0; i < 4; i++)
        {
            answers.Enqueue(command => Conflicted(command));
        }

        var error = await Should.ThrowAsync<TooManyConflictsException>(RunAsync(Increment, new CaseUpdateOptions { MaxAttempts = 4 }));

        error.Attempts.ShouldBe(4);
        error.LastConflict.CommandId.ShouldBe(sent[^1].CommandId);
        error.Message.ShouldMatch("^Case 42 was not updated: 4 attempts in .* s conflicted, the last with the version \\(4 was proposed, 5 is current, its last event by bob\\)\\. Update it again");
        time.Pauses.Count.ShouldBe(3);
        time.Pauses[0].ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public async Task When_its_time_is_over_it_does_not_try_again()
    {
        answers.Enqueue(command => Conflicted(command, () => time.Advance(TimeSpan.FromMinutes(3))));

        (await Should.ThrowAsync<TooManyConflictsException>(RunAsync(Increment))).Attempts.ShouldBe(1);
    }

    [Fact]
    public async Task An_unknown_outcome_is_asked_for_under_the_same_id_and_never_proposed_anew()
    {
        answers.Enqueue(command => throw new OutcomeUnknownException(command, TimeSpan.FromSeconds(1), cause: null));
        answers.Enqueue(command => throw new BrokerUnavailableException(command, mayTakeEffect: false, "away.", cause: null));
        answers.Enqueue(Accepted);

        (await RunAsync(Increment)).ShouldNotBeNull();

        sent.Count.ShouldBe(3);
        sent.Select(command => command.CommandId).Distinct().ShouldHaveSingleItem();
        reader.Readings.ShouldBe(1);
    }

    [Fact]
    public async Task What_may_take_effect_is_told_even_where_the_last_attempt_was_not_sent()
    {
        answers.Enqueue(command => throw new OutcomeUnknownException(command, TimeSpan.FromSeconds(1), cause: null));
        answers.Enqueue(command =>
        {
            time.Advance(TimeSpan.FromHours(1));
            throw new BrokerUnavailableException(command, mayTakeEffect: false, "away.", cause: null);
        });

        var error = await Should.ThrowAsync<OutcomeUnknownException>(RunAsync(Increment));

        error.MayTakeEffect.ShouldBeTrue();
        error.Command.ShouldBe(sent[0]);
    }

    [Fact]
    public async Task What_no_waiting_can_help_is_told_at_once()
    {
        answers.Enqueue(command => throw new CommandUnroutableException(command, 1, "no queue.", cause: null));

        await Should.ThrowAsync<CommandUnroutableException>(RunAsync(Increment));
        time.Pauses.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reading_that_fails_is_tried_again_unless_it_can_never_succeed()
    {
        answers.Enqueue(Accepted);
        reader.Failures.Enqueue(new CaseReaderException("away", isTransient: true));
        reader.Failures.Enqueue(new CaseReaderException("away", isTransient: true));
        (await RunAsync(Increment)).ShouldNotBeNull();

        reader.Failures.Enqueue(new CaseReaderException("a wrong key", isTransient: false));
        (await Should.ThrowAsync<CaseReaderException>(RunAsync(Increment))).Message.ShouldBe("a wrong key");
    }

    private Task<CaseAccepted?> RunAsync(Func<JsonObject, JsonObject?> change, CaseUpdateOptions? options = null) =>
        new CaseUpdater(42, options ?? new CaseUpdateOptions(), reader, SubmitAsync, time).RunAsync(change, CancellationToken.None);

    private Task<CaseOutcome> SubmitAsync(CaseCommand command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        timeout.ShouldBeGreaterThan(TimeSpan.Zero);
        sent.Add(command);
        return Task.FromResult(answers.Dequeue()(command));
    }

    private static JsonObject Increment(JsonObject blob)
    {
        blob["n"] = blob["n"]!.GetValue<int>() + 1;
        return blob;
    }

    private static CaseAccepted Accepted(CaseCommand command) => new()
    {
        OutcomeId = Guid.NewGuid(),
        CommandId = command.CommandId,
        CaseReference = 42,
        Status = 200,
        RecordedAt = DateTimeOffset.UnixEpoch,
        Nonce = 1,
        GlobalNonce = 1,
        Version = 1,
        Changed = true,
    };

    private static CaseConflicted Conflicted(CaseCommand command, Action? meanwhile = null)
    {
        meanwhile?.Invoke();
        return new CaseConflicted
        {
            OutcomeId = Guid.NewGuid(),
            CommandId = command.CommandId,
            CaseReference = 42,
            Status = 409,
            RecordedAt = DateTimeOffset.UnixEpoch,
            Reason = ConflictReasons.Version,
            ProposedVersion = command.ProposedVersion,
            CurrentVersion = 5,
            CurrentNonce = 11,
            LastEvent = new LastEvent(11, CaseActions.CaseMerge, "bob", DateTimeOffset.UnixEpoch),
        };
    }

    private sealed class Reader : ICaseReader
    {
        public long Version { get; set; } = 3;

        public long Nonce { get; set; } = 9;

        public string Blob { get; set; } = """{"n":0}""";

        public int Readings { get; private set; }

        public Queue<CaseReaderException> Failures { get; } = new();

        public Task<CaseSnapshot?> FindAsync(long caseReference, CancellationToken cancellationToken)
        {
            Readings++;
            return Failures.TryDequeue(out var failure)
                ? throw failure
                : Task.FromResult<CaseSnapshot?>(new CaseSnapshot
                {
                    CaseReference = caseReference,
                    Version = Version,
                    Nonce = Nonce,
                    CreatedAt = DateTimeOffset.UnixEpoch,
                    UpdatedAt = DateTimeOffset.UnixEpoch,
                    Blob = JsonSerializer.Deserialize<JsonElement>(Blob),
                });
        }

        public Task<IReadOnlyList<FeedEvent>> EventsAsync(long caseReference, long afterNonce, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException("An update reads no events.");
    }
}
