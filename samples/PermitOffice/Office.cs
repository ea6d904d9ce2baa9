using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;

namespace PermitOffice;

/// <summary>The scenes that are played: each sends commands as a real producer would and goes on as their outcomes say.</summary>
internal sealed class Office(DemoClient client, Town town, News news, DemoTally tally)
{
    private const int MaxTries = 20;

    public async Task OpenAsync(string clerk, Permit permit, JsonObject form)
    {
        if (await client.AskAsync(Command(permit, clerk, CaseActions.CaseCreate, form)) is CaseAccepted accepted)
        {
            permit.Saw(accepted.Version);
            town.Opened(permit);
            news.Tell("open", $"{clerk} opens {permit} for {permit.Applicant}: {permit.What}");
        }
    }

    public async Task EditAsync(string clerk, Permit permit, JsonObject entry)
    {
        if (await SaveAsync(clerk, permit, permit.Version, entry) is { } saved)
        {
            news.Tell("edit", $"{clerk} saves {permit}: version {saved.Version} ({Short(entry)})");
        }
    }

    /// <summary>Two clerks have the same version before them and both save.</summary>
    public async Task CollideAsync(string one, string other, Permit permit, JsonObject first, JsonObject second)
    {
        var seen = permit.Version;
        await Task.WhenAll(SaveAsync(one, permit, seen, first), SaveAsync(other, permit, seen, second));
    }

    public async Task NoteAsync(string clerk, Permit permit, string text)
    {
        if (await client.AskAsync(Command(permit, clerk, CaseActions.NoteAdd, new JsonObject { ["body"] = text })) is CaseAccepted accepted)
        {
            news.Tell("note", $"{clerk} notes on {permit}: \"{text}\"", $"it is event {accepted.Nonce}; a note never conflicts");
        }
    }

    /// <summary>A machine that is not sure whether its message got through, and sends it again.</summary>
    public async Task ScanTwiceAsync(Permit permit)
    {
        if (await client.AskAsync(Command(permit, "post-room scanner", CaseActions.NoteAdd, new JsonObject { ["body"] = "photo scanned" }), times: 2) is CaseAccepted accepted)
        {
            news.Tell("twice", $"The scanner sends a note on {permit} twice:", $"one event, number {accepted.Nonce}, and the same outcome both times");
        }
    }

    /// <summary>A form that is saved as it was opened.</summary>
    public async Task SaveUnchangedAsync(string clerk, Permit permit)
    {
        if (await SaveAsync(clerk, permit, permit.Version, new JsonObject { ["applicant"] = permit.Applicant }) is { Changed: false } saved)
        {
            news.Tell("unchanged", $"{clerk} saves {permit}, nothing changed: version {saved.Version} stays");
        }
    }

    /// <summary>Commands that can never be applied.</summary>
    public async Task MistakeAsync(string clerk, Permit permit, JsonObject entry, bool isTypingError)
    {
        var command = isTypingError
            ? Command(permit, clerk, "case.megre", entry) with { ProposedVersion = permit.Version + 1 }
            : Command(permit, clerk, CaseActions.CaseMerge, entry);
        if (await client.AskAsync(command) is CaseRejected rejected)
        {
            var error = rejected.Errors[0];
            news.Tell(isTypingError ? "typing error" : "blind", $"{clerk} sends a wrong command and is told, at {error.Path}:", error.Message);
        }
    }

    /// <summary>A message that is not even JSON: nobody can be told, so it is kept for an operator.</summary>
    public async Task BreakAsync(Permit permit)
    {
        var body = Encoding.UTF8.GetBytes($"{{\"commandId\": \"{Guid.NewGuid()}\", \"caseReference\": \"{permit.Reference}\", \"action\": \"case.me");
        lock (tally.Broken)
        {
            tally.Broken.Add(body);
        }

        await client.PublishAsync(Guid.NewGuid().ToString(), permit.Reference, body);
        news.Tell("broken", "A message breaks off in the middle:", "it is kept in dead_letters, and the work goes on");
    }

    /// <summary>Proposes, and after a conflict takes the current version from it and proposes again.</summary>
    private async Task<CaseAccepted?> SaveAsync(string clerk, Permit permit, long seen, JsonObject entry)
    {
        var story = new List<string>();
        for (var attempt = 1; attempt <= MaxTries; attempt++)
        {
            var command = Command(permit, clerk, CaseActions.CaseMerge, entry) with { ProposedVersion = seen + 1 };
            switch (await client.AskAsync(command))
            {
                case CaseAccepted accepted:
                    permit.Saw(accepted.Version);
                    if (story.Count > 0)
                    {
                        news.Tell("conflict", [.. story, accepted.Changed ? $"{clerk} reads that and saves again: version {accepted.Version}" : $"{clerk} reads that: it is what was to be saved"]);
                    }

                    return accepted;
                case CaseConflicted conflicted:
                    permit.HadConflict();
                    permit.Saw(conflicted.CurrentVersion);
                    var last = conflicted.LastEvent;
                    story.Add(last?.Action is CaseActions.CaseMerge
                        ? $"{last.Actor} saves {permit}: version {conflicted.CurrentVersion}"
                        : $"{clerk} saves {permit}, having seen version {seen}");
                    story.Add($"{clerk} was second: conflict, version is {conflicted.CurrentVersion} now ({last?.Actor}, {last?.Action})");
                    seen = permit.Version;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static string Short(JsonObject entry) => string.Join(", ", entry.Select(field => $"{field.Key}: {(field.Value is JsonObject inner ? Short(inner) : field.Value)}"));

    private static CaseCommand Command(Permit permit, string actor, string action, JsonObject body) => new()
    {
        CommandId = Guid.NewGuid(),
        CaseReference = permit.Reference,
        Action = action,
        Body = JsonSerializer.SerializeToElement(body),
        Actor = actor,
        CorrelationId = "demo",
        IssuedAt = DateTimeOffset.UtcNow,
    };
}
