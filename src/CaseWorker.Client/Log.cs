using Microsoft.Extensions.Logging;

namespace CaseWorker.Client;

/// <summary>Everything that the client logs. Event ids are documented in docs/operations.md and never change their meaning.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Connected to the broker at {Broker}.")]
    public static partial void Connected(this ILogger log, string broker);

    [LoggerMessage(2001, LogLevel.Debug, "The broker at {Broker} cannot be reached yet ({Error}).")]
    public static partial void ConnectFailed(this ILogger log, string broker, string error);

    [LoggerMessage(2002, LogLevel.Warning, "The broker at {Broker} cannot be reached ({Error}); the commands that wait to be published fail.")]
    public static partial void BrokerUnavailable(this ILogger log, string broker, string? error);

    [LoggerMessage(2003, LogLevel.Warning, "The connection to the broker at {Broker} was lost ({Reason}).")]
    public static partial void ConnectionLost(this ILogger log, string broker, string reason);

    [LoggerMessage(2100, LogLevel.Information, "{Queue}: handles outcomes from the broker at {Broker}.")]
    public static partial void SubscriptionStarted(this ILogger log, string queue, string broker);

    [LoggerMessage(2101, LogLevel.Error, "{Queue}: a message is not an outcome; it goes to {Queue}.dead, and the next one is handled.")]
    public static partial void MessageRejected(this ILogger log, string queue);

    [LoggerMessage(2102, LogLevel.Warning, "{Queue}: {Why} It is tried again in {Pause:0.0} s.")]
    public static partial void OutcomesUnavailable(this ILogger log, string queue, string why, double pause);

    [LoggerMessage(2103, LogLevel.Warning, "{Queue}: outcome {OutcomeId} ({Outcome}) of case {CaseReference} was not handled, attempt {Attempt}. It is tried again in {Pause:0.0} s, and what comes after it waits.")]
    public static partial void OutcomeNotHandled(this ILogger log, Exception error, string queue, Guid outcomeId, string outcome, long caseReference, int attempt, double pause);

    [LoggerMessage(2104, LogLevel.Information, "{Queue}: the events {From} to {To} of case {CaseReference} are read from the API, since their outcomes have not arrived.")]
    public static partial void EventsRead(this ILogger log, string queue, long from, long to, long caseReference);
}
