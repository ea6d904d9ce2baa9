using CaseWorker;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using Spectre.Console;

namespace CaseWorker.Host;

/// <summary>What all verbs share: exit codes, and errors as sentences instead of stack traces.</summary>
internal static class Verbs
{
    public const int Ok = 0;

    /// <summary>The verb ran and its answer is no: a schema that does not fit, commands that were not accepted.</summary>
    public const int Failed = 1;

    /// <summary>The verb could not run: a setting, a file, a server.</summary>
    public const int Unusable = 2;

    /// <summary>Standard error, so that standard output stays what the verb produces.</summary>
    public static IAnsiConsole Error { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });

    public static async Task<int> GuardAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception error) when (Explain(error) is { } sentence)
        {
            await System.Console.Error.WriteLineAsync(sentence);
            return Unusable;
        }
    }

    /// <summary>A sentence for what a user can put right; null for a fault of the program, which keeps its stack trace.</summary>
    private static string? Explain(Exception error) => error switch
    {
        AggregateException several => several.InnerExceptions.Select(Explain).FirstOrDefault(sentence => sentence is not null),
        SettingException or VerbException => error.Message,
        Microsoft.Extensions.Options.OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        PostgresException postgres => $"PostgreSQL refused: {postgres.MessageText} ({postgres.SqlState}). {postgres.Hint}".TrimEnd(),
        NpgsqlException => $"The database cannot be reached: {error.GetBaseException().Message} Check {ConnectionSettings.DatabaseSetting}.",
        BrokerUnreachableException => $"The broker cannot be reached: {error.GetBaseException().Message} Check {ConnectionSettings.BrokerSetting}.",
        IOException => error.Message,
        UnauthorizedAccessException => error.Message,
        _ => null,
    };
}
