using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Queries;

/// <summary>What a case's history is merged from. Each source gives one entry more than a page shows, in the direction of the page.</summary>
internal static class HistorySources
{
    public static IQueryable<CaseEvent> Events(CaseWorkerDbContext context, long reference, HistoryPage page)
    {
        var events = context.Events.Where(row => row.CaseReference == reference);
        return page.IsForward
            ? events.Where(row => row.Nonce > page.From.Event).OrderBy(row => row.Nonce).Take(page.Limit + 1)
            : events.Where(row => row.Nonce <= page.From.Event).OrderByDescending(row => row.Nonce).Take(page.Limit + 1);
    }

    /// <summary>Refusals of one batch have one time: the nonce that they met, and then the command, tell them apart.</summary>
    public static IQueryable<CommandRefusal> Refusals(CaseWorkerDbContext context, long reference, HistoryPage page)
    {
        var (at, nonce, command, count) = (page.From.RefusedAt, page.From.RefusedNonce, page.From.Refusal, page.Limit + 1);
        return page.IsForward
            ? context.Refusals.FromSql(
                $"""
                SELECT * FROM command_refusals
                WHERE case_reference = {reference} AND (recorded_at, coalesce((published->>'currentNonce')::bigint, 0), command_id) > ({at}, {nonce}, {command})
                ORDER BY recorded_at, coalesce((published->>'currentNonce')::bigint, 0), command_id LIMIT {count}
                """)
            : context.Refusals.FromSql(
                $"""
                SELECT * FROM command_refusals
                WHERE case_reference = {reference} AND (recorded_at, coalesce((published->>'currentNonce')::bigint, 0), command_id) <= ({at}, {nonce}, {command})
                ORDER BY recorded_at DESC, coalesce((published->>'currentNonce')::bigint, 0) DESC, command_id DESC LIMIT {count}
                """);
    }

    /// <summary>A command that only waited has its outcome in the history, or is in the queue.</summary>
    public static IQueryable<HistoryDeadLetter> DeadLetters(CaseWorkerDbContext context, long reference, HistoryPage page)
    {
        var (oldest, newest, direction, count, withHeld) = RangeOf(page, page.From.DeadLetter);
        return context.Database.SqlQuery<HistoryDeadLetter>(
            $"""
            SELECT id AS "Id", kind AS "Kind", state AS "State", reason AS "Reason", detail AS "Detail", command_id AS "CommandId", action AS "Action", received_at AS "ReceivedAt"
            FROM dead_letters
            WHERE case_reference = {reference} AND id > {oldest} AND id <= {newest} AND ({withHeld} OR kind <> 'held' OR state IN ('discarded', 'skipped'))
            ORDER BY id * {direction} LIMIT {count}
            """);
    }

    public static IQueryable<HistoryOperatorAction> Actions(CaseWorkerDbContext context, long reference, HistoryPage page)
    {
        var (oldest, newest, direction, count, _) = RangeOf(page, page.From.Audit);
        return context.Database.SqlQuery<HistoryOperatorAction>(
            $"""
            SELECT id AS "Id", at AS "At", operator AS "Operator", action AS "Action", reason AS "Reason", result AS "Result" FROM operator_audit
            WHERE ids && (SELECT array_agg(id) FROM dead_letters WHERE case_reference = {reference}) AND id > {oldest} AND id <= {newest}
            ORDER BY id * {direction} LIMIT {count}
            """);
    }

    private static (long Oldest, long Newest, long Direction, int Count, bool HasHeld) RangeOf(HistoryPage page, long from) =>
        page.IsForward ? (from, long.MaxValue, 1, page.Limit + 1, page.HasHeld) : (0, from, -1, page.Limit + 1, page.HasHeld);
}

/// <summary>A dead letter without its bytes.</summary>
internal sealed record HistoryDeadLetter(long Id, string Kind, string State, string Reason, string Detail, Guid? CommandId, string? Action, DateTimeOffset ReceivedAt);

/// <summary>What an operator did with dead letters of the case.</summary>
internal sealed record HistoryOperatorAction(long Id, DateTimeOffset At, string Operator, string Action, string? Reason, string Result);
