using System.Globalization;
using CaseWorker.Configuration;
using CaseWorker.Resilience;

namespace CaseWorker.Cases;

/// <summary>How much may wait for an operator. Pure.</summary>
internal static class ParkingLimits
{
    /// <exception cref="ParkingFullException">A limit would be passed; says which case, and what an operator can do.</exception>
    public static void Check(BatchState ledger, long openLetters, CaseWorkerOptions options)
    {
        if (ledger.Parked.FirstOrDefault(entry => entry.Place.Letter is null && entry.Place.Position > options.ParkedPerCase) is ({ Command: var command }, var place))
        {
            throw new ParkingFullException(string.Create(
                CultureInfo.InvariantCulture,
                $"Case {command.CaseReference} has {options.ParkedPerCase} commands waiting for command {place.HeadCommandId}, and no more are taken (CaseWorker:ParkedPerCase). See `caseworker dead show --case {command.CaseReference}`; replay or discard"));
        }

        if (openLetters > options.DeadLetterLimit)
        {
            throw new ParkingFullException(string.Create(
                CultureInfo.InvariantCulture,
                $"{options.DeadLetterLimit} dead letters are open, and no more are taken (CaseWorker:DeadLetterLimit). See `caseworker dead list`; replay or discard"));
        }
    }
}
