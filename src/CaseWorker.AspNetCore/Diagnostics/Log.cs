using Microsoft.Extensions.Logging;

namespace CaseWorker.AspNetCore.Diagnostics;

/// <summary>Everything that the HTTP API and the dashboard log. Event ids are documented in docs/operations.md and never change their meaning.</summary>
internal static partial class Log
{
    [LoggerMessage(1600, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger log, Exception error, string method, string path);

    [LoggerMessage(1601, LogLevel.Warning, "A request could not be answered: {Error}")]
    public static partial void RequestNotAnswered(this ILogger log, string error);

    [LoggerMessage(1602, LogLevel.Debug, "The database does not answer for the dashboard's counters ({Error}).")]
    public static partial void CountersUnavailable(this ILogger log, string error);

    [LoggerMessage(1603, LogLevel.Debug, "The database does not answer for the dashboard's overview ({Error}).")]
    public static partial void OverviewUnavailable(this ILogger log, string error);

    [LoggerMessage(1605, LogLevel.Debug, "The feed cannot be read for an open stream ({Error}); the stream waits and tries again.")]
    public static partial void FeedNotRead(this ILogger log, string error);

    [LoggerMessage(1604, LogLevel.Warning, "The database did not answer for a page of the dashboard: {Error}")]
    public static partial void DashboardUnavailable(this ILogger log, string error);

    [LoggerMessage(1610, LogLevel.Information, "CaseWorker {Version} has started as {Worker} with the actions {Actions}.")]
    public static partial void WorkerStarted(this ILogger log, string version, string worker, string actions);

    [LoggerMessage(1611, LogLevel.Information, "Broker: RabbitMQ {Version} at {Broker}.")]
    public static partial void BrokerInUse(this ILogger log, string version, string broker);

    [LoggerMessage(1612, LogLevel.Information, "Database: PostgreSQL {Version} at {Host}:{Port}, database {Database}.")]
    public static partial void DatabaseInUse(this ILogger log, Version version, string host, int port, string database);

    [LoggerMessage(1613, LogLevel.Information, "Slots: {Share}.")]
    public static partial void SlotsServed(this ILogger log, string share);

    [LoggerMessage(1614, LogLevel.Information, "Dashboard: {Address}")]
    public static partial void DashboardServed(this ILogger log, string address);

    [LoggerMessage(1615, LogLevel.Information, "Dashboard: {Address} (there is no key yet: make one with `key create`).")]
    public static partial void DashboardWithoutKey(this ILogger log, string address);
}
