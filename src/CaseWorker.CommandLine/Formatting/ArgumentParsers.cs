using System.CommandLine.Parsing;
using System.Globalization;
using CaseWorker.Contracts;
using CaseWorker.Formatting;

namespace CaseWorker.CommandLine.Formatting;

/// <summary>Readers of arguments. System.CommandLine's own name .NET types in their errors, or take a wrong argument for an unknown one.</summary>
internal static class ArgumentParsers
{
    /// <summary>How many lines a list shows at most.</summary>
    public const int MaxLines = 100_000;

    public static long CaseReference(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (!CaseReferenceConverter.TryParse(text, out var reference))
        {
            argument.AddError($"\"{SafeText.OneLine(text, 40)}\" is not a case reference. A case reference is a whole number from 1 to {long.MaxValue}.");
        }

        return reference;
    }

    public static long DeadLetterId(ArgumentResult argument) => DeadLetterIds(argument) is [var id] ? id : 0;

    public static long[] DeadLetterIds(ArgumentResult argument)
    {
        var ids = new List<long>();
        foreach (var token in argument.Tokens)
        {
            if (long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                ids.Add(id);
            }
            else
            {
                argument.AddError($"\"{SafeText.OneLine(token.Value, 40)}\" is not the number of a dead letter. `dead list` shows the numbers.");
            }
        }

        return [.. ids];
    }

    public static Guid JobId(ArgumentResult argument)
    {
        if (!Guid.TryParse(argument.Tokens[0].Value, out var id))
        {
            argument.AddError($"\"{SafeText.OneLine(argument.Tokens[0].Value, 40)}\" is not the id of a job. `job list` shows the ids.");
        }

        return id;
    }

    /// <param name="option">The option's name.</param>
    /// <param name="max">The greatest number that it takes; the smallest is 1.</param>
    public static Func<ArgumentResult, int> Count(string option, int max) => argument =>
    {
        if (!int.TryParse(argument.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1 || count > max)
        {
            argument.AddError(string.Create(CultureInfo.InvariantCulture, $"{option} takes a whole number from 1 to {max}."));
        }

        return count;
    };

    /// <param name="option">The option's name.</param>
    /// <param name="max">The greatest number that it takes; the smallest is 1.</param>
    public static Func<ArgumentResult, double> Seconds(string option, int max) => argument =>
    {
        if (!double.TryParse(argument.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || !(seconds >= 1 && seconds <= max))
        {
            argument.AddError(string.Create(CultureInfo.InvariantCulture, $"{option} takes 1 to {max} seconds."));
        }

        return seconds;
    };
}
