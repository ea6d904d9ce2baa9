using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.Client.Sending;

/// <summary>Makes the exceptions of failed publishes.</summary>
internal static class Failures
{
    private const string CheckQueue = "Look at the queue's length limit and at the broker's log.";
    private const string CheckRights = "Give the user the rights that CaseWorkerClientOptions.Broker names.";

    public static CaseCommandException Returned(PendingPublish pending) =>
        new CommandUnroutableException(pending.Command, pending.Slot, "the broker gave it back: no queue is bound for it.", cause: null);

    public static CaseCommandException Nacked(PendingPublish pending) =>
        new CommandRefusedException(pending.Command, mayTakeEffect: true, "the broker refused it (a negative confirm): its queue is full or in trouble.", CheckQueue, cause: null);

    /// <summary>The session was lost while it was on its way, or while it waited behind one that was.</summary>
    public static CaseCommandException Lost(PendingPublish pending, ConnectionLoss loss, bool wasSent) => loss.ReplyCode switch
    {
        Constants.NotFound => new CommandUnroutableException(pending.Command, pending.Slot, $"the broker has nowhere to put it ({loss.Reason}).", loss.Cause),
        Constants.AccessRefused => new CommandRefusedException(pending.Command, mayTakeEffect: false, $"the broker refused it ({loss.Reason}).", CheckRights, loss.Cause),
        _ => new BrokerUnavailableException(
            pending.Command,
            mayTakeEffect: wasSent,
            wasSent
                ? $"the connection to the broker was lost before the confirm came ({loss.Reason}); the broker may have it."
                : $"it was not sent, since the connection was lost with commands on their way that go before it ({loss.Reason}).",
            loss.Cause),
    };

    /// <summary>The broker was asked for a queue before it was sent.</summary>
    public static CaseCommandException Unprepared(PendingPublish pending, string broker, Exception error) => error switch
    {
        OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotFound } =>
            new CommandUnroutableException(pending.Command, pending.Slot, $"it was not sent, since the broker has no queue for it ({error.Message}).", error),
        OperationInterruptedException { ShutdownReason.ReplyCode: Constants.AccessRefused } =>
            new CommandRefusedException(pending.Command, mayTakeEffect: false, $"it was not sent, since the broker refused to make a queue for the answer ({error.Message}).", CheckRights, error),
        _ => NotReached(pending, broker, error),
    };

    public static CaseCommandException NotReached(PendingPublish pending, string broker, Exception? error) => new BrokerUnavailableException(
        pending.Command,
        mayTakeEffect: false,
        $"it was not sent, since the broker at {broker} cannot be reached ({Reason(error, pending.Limit)}).",
        error);

    public static bool IsRefusal(Exception error) =>
        error.GetBaseException() is AuthenticationFailureException or OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotAllowed };

    private static string Reason(Exception? error, TimeSpan limit) => error switch
    {
        null or TimeoutException => FormattableString.Invariant($"it has not answered within {limit.TotalSeconds:0.###} s"),
        _ => error.GetBaseException().Message,
    };
}
