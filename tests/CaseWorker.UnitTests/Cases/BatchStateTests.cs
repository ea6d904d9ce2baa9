using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

/// <summary>Random histories of a few cases, cut into random batches, judged by <see cref="BatchStateModel"/> and by the promises of the design.</summary>
public sealed class BatchStateTests
{
    private static readonly string[] Bodies =
    [
        "{}", "{\"a\":1}", "{\"a\":1.0}", "{\"a\":\"1\"}", "{\"a\":null}", "{\"a\":{\"b\":null}}", "{\"a\":{\"b\":2,\"c\":[1,2]}}",
        "{\"c\":[2,1]}", "{\"b\":true,\"a\":1e0}", "{\"a\":1,\"b\":true}", "{\"a\":{\"b\":2}}", "{\"a\":[]}",
    ];

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (3, Gen.Constant(Kind.Create)), (6, Gen.Constant(Kind.Replace)), (7, Gen.Constant(Kind.Merge)), (5, Gen.Constant(Kind.Note)),
            (2, Gen.Constant(Kind.Invalid)), (5, Gen.Constant(Kind.Duplicate)), (3, Gen.Constant(Kind.Reuse)))
        from reference in Gen.Choose(1, 3)
        from body in Gen.Choose(0, Bodies.Length - 1)
        from proposal in Gen.Frequency((7, Gen.Constant(0)), (1, Gen.Constant(-1)), (1, Gen.Constant(1)))
        from proposes in Gen.Choose(0, 3)
        from earlier in Gen.Choose(0, 1_000)
        from ends in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Step(kind, reference, body, proposal, proposes, earlier, ends);

    private static readonly Arbitrary<IReadOnlyList<Step>> Histories =
        Arb.From(Gen.Choose(1, 40).SelectMany(count => Steps.ListOf(count)).Select(steps => (IReadOnlyList<Step>)[.. steps]), Property.Shrink);

    [Fact]
    public void Every_command_gets_the_outcome_that_the_model_gives() => Property.Holds(Histories, steps =>
    {
        var history = Write(steps);
        var store = Run(history, steps);
        store.Published.Select(entry => BatchStateStore.Describe(entry.Outcome)).ShouldBe(history.Select(entry => entry.Expected));
    }, tries: 400);

    [Fact]
    public void Splitting_into_batches_changes_nothing() => Property.Holds(Histories, steps =>
    {
        var history = Write(steps);
        var cut = Json(Run(history, steps));
        Json(Run(history, [.. steps.Select(step => step with { EndsBatch = false })])).ShouldBe(cut);
        Json(Run(history, [.. steps.Select(step => step with { EndsBatch = true })])).ShouldBe(cut);
    });

    [Fact]
    public void Nonces_have_no_gap_per_case_and_globally() => Property.Holds(Histories, steps =>
    {
        var store = Run(Write(steps), steps);
        store.Events.Select(e => e.GlobalNonce).ShouldBe(Enumerable.Range(1, store.Events.Count).Select(i => (long)i));
        foreach (var log in store.Events.GroupBy(e => e.Reference))
        {
            log.Select(e => e.Nonce).ShouldBe(Enumerable.Range(1, log.Count()).Select(i => (long)i));
            store.Cases[log.Key].Nonce.ShouldBe(log.Count());
        }
    });

    [Fact]
    public void The_version_moves_by_one_with_a_change_and_never_otherwise() => Property.Holds(Histories, steps =>
    {
        var store = Run(Write(steps), steps);
        foreach (var log in store.Events.GroupBy(e => e.Reference))
        {
            var version = 0L;
            foreach (var e in log)
            {
                e.Version.ShouldBe(version + (e.Changed ? 1 : 0));
                (e.Changed && string.Equals(e.Action, CaseActions.NoteAdd, StringComparison.Ordinal)).ShouldBeFalse();
                version = e.Version;
            }

            store.Cases[log.Key].Version.ShouldBe(version);
        }
    });

    [Fact]
    public void A_command_id_has_at_most_one_effect_and_exactly_one_recorded_outcome() => Property.Holds(Histories, steps =>
    {
        var history = Write(steps);
        var store = Run(history, steps);
        store.Events.Select(e => e.CommandId).ShouldBeUnique();
        store.Records.ShouldBe(history.Select(entry => entry.Command.Id).Distinct(), ignoreOrder: true);
    });

    [Fact]
    public void A_duplicate_gets_the_identical_outcome() => Property.Holds(Histories, steps =>
    {
        var history = Write(steps);
        var published = Json(Run(history, steps));
        for (var i = 0; i < history.Count; i++)
        {
            var first = history.FindIndex(entry => entry.Command.Id == history[i].Command.Id);
            var isDuplicate = string.Equals(history[first].Command.Meaning(), history[i].Command.Meaning(), StringComparison.Ordinal);
            string.Equals(published[i], published[first], StringComparison.Ordinal).ShouldBe(isDuplicate, history[i].Command.Json);
        }
    });

    [Fact]
    public void Outcomes_of_one_id_are_one_outcome_and_different_outcomes_have_different_ids() => Property.Holds(Histories, steps =>
    {
        var store = Run(Write(steps), steps);
        foreach (var same in store.Published.GroupBy(entry => entry.Outcome.OutcomeId))
        {
            same.Select(entry => entry.Command.Id).Distinct().ShouldHaveSingleItem();
            same.Select(entry => entry.Outcome.Outcome + entry.Outcome.Status).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
            same.Select(entry => Convert.ToHexString(entry.Command.Digest)).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        }
    });

    [Fact]
    public void Folding_the_log_rebuilds_the_blob() => Property.Holds(Histories, steps =>
    {
        var store = Run(Write(steps), steps);
        foreach (var log in store.Events.GroupBy(e => e.Reference))
        {
            var blob = CaseBlob.Of("{}");
            foreach (var e in log)
            {
                var body = JsonElement.Parse(e.Body);
                blob = e.Action switch
                {
                    CaseActions.NoteAdd => blob,
                    CaseActions.CaseMerge => MergePatch.Apply(blob, body),
                    _ => CaseBlob.Of(body),
                };
            }

            blob.HasSameValueAs(CaseBlob.Of(store.Cases[log.Key].Blob)).ShouldBeTrue($"{blob.Text} is not {store.Cases[log.Key].Blob}");
        }
    });

    [Fact]
    public void A_conflict_carries_the_current_numbers_and_the_last_event() => Property.Holds(Histories, steps =>
    {
        var published = Run(Write(steps), steps).Published;
        for (var i = 0; i < published.Count; i++)
        {
            if (published[i] is { Decision: Decision.Conflicted, Outcome: CaseConflicted conflict })
            {
                var last = published.Take(i).Select(entry => entry.Outcome).OfType<CaseAccepted>().Where(a => a.CaseReference == conflict.CaseReference).MaxBy(a => a.Nonce);
                conflict.CurrentNonce.ShouldBe(last?.Nonce ?? 0);
                conflict.CurrentVersion.ShouldBe(last?.Version ?? 0);
                conflict.LastEvent.ShouldBe(last is null ? null : new LastEvent(last.Nonce, last.Action!, last.Actor, last.RecordedAt));
            }
        }
    });

    [Fact]
    public void The_histories_are_worth_it()
    {
        // A property over histories in which nothing happens would hold as well.
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        Property.Holds(Histories, steps =>
        {
            foreach (var entry in Run(Write(steps), steps).Published)
            {
                var kind = entry.Decision is Decision.Repeated ? "repeated" : entry.Outcome switch
                {
                    CaseAccepted a => a.Changed ? "changed" : "unchanged",
                    CaseConflicted c => c.Reason,
                    CaseRejected r => r.Reason,
                    _ => "?",
                };
                seen[kind] = seen.GetValueOrDefault(kind) + 1;
            }
        });
        seen.Keys.ShouldBe(["repeated", "changed", "unchanged", "case-exists", "nonce", "version", "invalid", "case-not-found", "command-id-reused"], ignoreOrder: true);
        seen.Values.Min().ShouldBeGreaterThan(20);
    }

    private static BatchStateStore Run(List<(ModelCommand Command, string Expected)> history, IReadOnlyList<Step> steps)
    {
        var store = new BatchStateStore();
        var batch = new List<Command>();
        for (var i = 0; i < history.Count; i++)
        {
            batch.Add(ParsedCommands.Parsed(history[i].Command.Json));
            if (steps[i].EndsBatch || i == history.Count - 1)
            {
                store.Commit(batch);
                batch.Clear();
            }
        }

        return store;
    }

    private static List<string> Json(BatchStateStore store) =>
        [.. store.Published.Select(entry => System.Text.Encoding.UTF8.GetString(OutcomeJson.Write(entry.Outcome)))];

    /// <summary>Makes commands of the steps. A right proposal needs the numbers of its moment, so the model runs along.</summary>
    private static List<(ModelCommand Command, string Expected)> Write(IReadOnlyList<Step> steps)
    {
        var model = new BatchStateModel();
        var history = new List<(ModelCommand Command, string Expected)>();
        foreach (var step in steps)
        {
            var number = history.Count;
            var earlier = history.Count == 0 ? null : history[step.Earlier % history.Count].Command;
            var command = step.Kind switch
            {
                Kind.Duplicate when earlier is not null => Again(earlier, step),
                Kind.Reuse when earlier is not null => New(step, model, number, earlier.Id),
                _ => New(step, model, number, IdOf(number)),
            };
            history.Add((command, model.Decide(command)));
        }

        return history;
    }

    private static ModelCommand New(Step step, BatchStateModel model, int number, Guid id)
    {
        var kind = step.Kind is Kind.Duplicate or Kind.Reuse ? (Kind)(step.Earlier % 5) : step.Kind;
        var action = kind switch { Kind.Create => "case.create", Kind.Replace => "case.replace", Kind.Note => "note.add", _ => "case.merge" };
        var isValid = kind is not Kind.Invalid;
        var body = kind is Kind.Note ? $"{{\"body\":\"note {number}\"}}" : isValid ? Bodies[step.Body] : "[]";
        long? nonce = (step.Proposes & 1) != 0 ? Math.Max(1, model.NonceOf(step.Reference) + 1 + step.Proposal) : null;
        long? version = (step.Proposes & 2) != 0 ? Math.Max(1, model.VersionOf(step.Reference) + 1 + step.Proposal) : null;
        version = kind is Kind.Note ? null : version ?? (nonce is null && kind is not Kind.Create ? Math.Max(1, model.VersionOf(step.Reference) + 1 + step.Proposal) : null);
        var actor = number % 3 == 0 ? null : $"actor {number}";
        return Spelled(new ModelCommand(id, step.Reference, action, version, nonce, JsonNode.Parse(body)!, actor, isValid, ""), body);
    }

    /// <summary>The same command, sometimes written differently.</summary>
    private static ModelCommand Again(ModelCommand command, Step step) => step.Earlier % 2 == 0
        ? command
        : Spelled(command, command.Body.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));

    private static ModelCommand Spelled(ModelCommand command, string body) => command with
    {
        Json = ParsedCommands.Json(
            ("commandId", $"\"{command.Id}\""),
            ("caseReference", command.Reference.ToString(CultureInfo.InvariantCulture)),
            ("action", $"\"{command.Action}\""),
            ("body", body),
            ("actor", command.Actor is null ? null : $"\"{command.Actor}\""),
            ("proposedVersion", command.ProposedVersion?.ToString(CultureInfo.InvariantCulture)),
            ("proposedNonce", command.ProposedNonce?.ToString(CultureInfo.InvariantCulture))),
    };

    private static Guid IdOf(int number) => new(number + 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);

    private enum Kind
    {
        Create,
        Replace,
        Merge,
        Note,
        Invalid,
        Duplicate,
        Reuse,
    }

    private sealed record Step(Kind Kind, long Reference, int Body, int Proposal, int Proposes, int Earlier, bool EndsBatch);
}
