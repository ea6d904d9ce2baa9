using System.Globalization;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Resilience;

namespace CaseWorker.Processing;

/// <summary>How much may wait for an operator. Pure.</summary>
internal static class ParkingLimits
{
    /// <param name="decided">The commands of the batch.</param>
    /// <param name="openDeadLetters">Open dead letters, those of the batch included.</param>
    /// <param name="options">The limits.</param>
    /// <exception cref="ParkingFullException">A limit would be passed. The message names the case and says what an operator can do.</exception>
    public static void Check(IEnumerable<DecidedCommand> decided, long openDeadLetters, CaseWorkerOptions options)
    {
        var parked = decided.Where(entry => entry.Decision is Decision.Parked { Place.DeadLetter: null }).ToList();
        var beyond = parked.Where(entry => entry.Decision is Decision.Parked { Place: { } place } && place.Position > options.ParkedPerCase).ToList();
        if (beyond is [{ Command: var command, Decision: Decision.Parked { Place.HeadCommandId: var head } }, ..])
        {
            throw new ParkingFullException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Case {command.CaseReference} has {options.ParkedPerCase} commands waiting for command {head}, and no more are taken (CaseWorker:ParkedPerCase). See `{ProgramName.Value} dead show --case {command.CaseReference}`; replay or discard"),
                CasesOf(beyond));
        }

        if (openDeadLetters > options.DeadLetterLimit)
        {
            throw new ParkingFullException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{options.DeadLetterLimit} dead letters are open, and no more are taken (CaseWorker:DeadLetterLimit). See `{ProgramName.Value} dead list`; replay or discard"),
                CasesOf(parked));
        }
    }

    private static HashSet<long> CasesOf(List<DecidedCommand> commands) => [.. commands.Select(entry => entry.Command.CaseReference)];
}
