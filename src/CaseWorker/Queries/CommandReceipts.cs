using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>What became of a command, by its id: its outcome exactly as it was published, or the notice that it is parked.</summary>
internal sealed class CommandReceipts(NpgsqlDataSource database, CommandReader commands)
{
    /// <returns>Null for an id that nothing is recorded under.</returns>
    public async Task<CaseOutcome?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        Guid[] ids = [id];

        // Dead letters first: one that gets its outcome in between is found among the outcomes, which are looked at later.
        var deadLetter = (await DeadLetterTable.FindParkedAsync(connection, ids, cancellationToken)).SingleOrDefault();
        var recorded = (await EventLog.FindAsync(connection, ids, cancellationToken)).SingleOrDefault()
            ?? (await RefusalTable.FindAsync(connection, ids, cancellationToken)).SingleOrDefault();
        return recorded?.Outcome ?? (deadLetter is null ? null : await NoticeAsync(connection, deadLetter, cancellationToken));
    }

    private async Task<CaseOutcome> NoticeAsync(NpgsqlConnection connection, ParkedDeadLetter deadLetter, CancellationToken cancellationToken)
    {
        var command = (await connection.ListAsync(ReadSql.FindDeadLetterBody, [deadLetter.Id], Command, cancellationToken)).Single();
        var line = (await DeadLetterTable.FindQueuesAsync(connection, [command.CaseReference], cancellationToken)).SingleOrDefault();
        return OutcomeComposer.Parked(command, ParkedPosition.Of(deadLetter, line), deadLetter.Id, deadLetter.ParkedAt);
    }

    private Command Command(NpgsqlDataReader row)
    {
        var isEnvelope = JsonNode.Parse(row.GetString(1))?["contentType"]?.ToString().StartsWith(Envelope.ContentType, StringComparison.OrdinalIgnoreCase) == true;
        return commands.Read(row.GetFieldValue<byte[]>(0), isEnvelope) is ParseResult.Parsed readable
            ? readable.Command
            : throw new InvalidOperationException("A dead letter is of a command and cannot be read as one.");
    }
}
