using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace CaseWorker.AspNetCore.Api;

/// <summary>A number in the query: one definition reads it and describes it in the OpenAPI document.</summary>
/// <param name="Name">Its name in the query.</param>
/// <param name="Minimum">The least.</param>
/// <param name="Maximum">The most.</param>
/// <param name="Default">What counts where it is not given; null if nothing does.</param>
/// <param name="Description">What it is for.</param>
internal sealed record QueryNumber(string Name, long Minimum, long Maximum, long? Default, string Description)
{
    public static QueryNumber AfterNonce { get; } = new("after", 0, long.MaxValue, 0, "The last nonce of the case that you have; 0 is the beginning.");

    public static QueryNumber AfterGlobalNonce { get; } = new("after", 0, long.MaxValue, 0, "The last global nonce that you have; 0 is the beginning.");

    public static QueryNumber Limit { get; } = new("limit", 1, 1000, 100, "How many at most. A page also ends after 4 MiB of content.");

    public static QueryNumber Version { get; } = new("version", 1, long.MaxValue, null, "The case as it last was with this version.");

    public static QueryNumber Nonce { get; } = new("nonce", 1, long.MaxValue, null, "The case right after this event of it.");

    public static QueryNumber Wait { get; } = new("wait", 0, 30, 10, "Seconds to wait for the outcome; 0 answers 202 as soon as the broker has the command.");

    public static QueryNumber AfterDeadLetter { get; } = new("after", 0, long.MaxValue, 0, "The last dead letter that you have; 0 is the beginning.");

    public static QueryNumber BeforeEntry { get; } = new("before", 1, long.MaxValue, null, "The last entry that you have: older ones are answered.");

    public static QueryNumber Rows { get; } = new("limit", 1, 500, 50, "How many at most.");

    /// <exception cref="ProblemException">It is not a number, or it is out of range.</exception>
    public long? Find(HttpRequest request)
    {
        var given = request.Query[Name];
        if (given.Count == 0)
        {
            return Default;
        }

        return long.TryParse(given.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= Minimum && number <= Maximum
            ? number
            : throw Problem.Invalid(FormattableString.Invariant($"The query parameter \"{Name}\" takes a whole number, {Minimum} to {Maximum}."));
    }

    /// <exception cref="ProblemException">It is not a number, or it is out of range.</exception>
    public long Read(HttpRequest request) => Find(request)!.Value;
}
