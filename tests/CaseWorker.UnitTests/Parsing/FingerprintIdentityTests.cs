using System.Security.Cryptography;
using System.Text;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

/// <summary>Which command this is follows from its bytes alone, not from the rules of the worker that reads it.</summary>
public sealed class FingerprintIdentityTests
{
    private static readonly string Merge = ParsedCommands.Json(("action", "\"case.merge\""), ("body", """{"a":1}"""), ("proposedVersion", "2"));
    private static readonly CommandReader WithoutMerge = new(new CaseActionSet([new CaseCreate()]), CaseTopology.SlotCount);

    [Fact]
    public void A_worker_that_lacks_the_action_gives_the_original_outcome()
    {
        var accepted = Read(ParsedCommands.Reader, Merge);
        accepted.Errors.ShouldBeEmpty();
        var unknown = Read(WithoutMerge, Merge);
        unknown.Errors.ShouldNotBeEmpty();
        Decider.Decide(current: null, unknown, accepted.Digest).ShouldBeOfType<Decision.Repeated>();
    }

    [Fact]
    public void A_dead_letter_that_became_invalid_is_rejected_and_that_is_recorded()
    {
        var parked = Read(ParsedCommands.Reader, Merge);
        var stored = new StoredBatch
        {
            RecordedAt = DateTimeOffset.UnixEpoch,
            DeadLetters = [new ParkedDeadLetter(17, parked.Id, parked.Digest, "open", Position: 1, DateTimeOffset.UnixEpoch)],
        };
        new BatchState(stored, BuiltInExecutor.Instance).Replay(Read(WithoutMerge, Merge)).Decision
            .ShouldBeOfType<Decision.Rejected>().IsRecorded.ShouldBeTrue();
    }

    /// <summary>Version 0.1 recorded a command that a rule refused under the hash of its bytes.</summary>
    [Fact]
    public void A_rejection_that_version_0_1_recorded_is_given_again()
    {
        var refused = Read(WithoutMerge, Merge);
        Decider.Decide(current: null, refused, SHA256.HashData(Encoding.UTF8.GetBytes(Merge))).ShouldBeOfType<Decision.Repeated>();
    }

    private static Command Read(CommandReader reader, string json) => reader.Read(Encoding.UTF8.GetBytes(json)).ShouldBeOfType<ParseResult.Parsed>().Command;
}
