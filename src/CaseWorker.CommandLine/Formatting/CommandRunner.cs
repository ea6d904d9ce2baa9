using CaseWorker.Configuration;
using CaseWorker.Formatting;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using Spectre.Console;

namespace CaseWorker.CommandLine.Formatting;

/// <summary>What all verbs share: exit codes, and errors as sentences instead of stack traces.</summary>
internal static class CommandRunner
{
    public const int Ok = 0;

    /// <summary>The verb ran and its answer is no: a schema that does not fit, commands that were not accepted.</summary>
    public const int Failed = 1;

    /// <summary>The verb could not run: a setting, a file, a server.</summary>
    public const int Unusable = 2;

    /// <summary>Standard output.</summary>
    public static IAnsiConsole Out { get; } = Console(System.Console.Out, System.Console.IsOutputRedirected);

    /// <summary>Standard error, so that standard output stays what the verb produces.</summary>
    public static IAnsiConsole Error { get; } = Console(System.Console.Error, System.Console.IsErrorRedirected);

    public static async Task<int> GuardAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (Exception error) when (IsStop(error))
        {
            return 130;
        }
        catch (Exception error) when (Explain(error) is { } sentence)
        {
            await System.Console.Error.WriteLineAsync(sentence);
            return Unusable;
        }
    }

    /// <summary>Services that start at the same time are stopped at the same time: then there are several.</summary>
    public static bool IsStop(Exception error) => error is OperationCanceledException
        || (error is AggregateException several && several.InnerExceptions.All(IsStop));

    /// <summary>A sentence for what a user can put right; null for a fault of the program, which keeps its stack trace.</summary>
    public static string? Explain(Exception error) => error switch
    {
        AggregateException several => several.InnerExceptions.Select(Explain).FirstOrDefault(sentence => sentence is not null),
        SettingException or CommandException => error.Message,
        Microsoft.Extensions.Options.OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        InvalidOperationException { InnerException: ArgumentException or FormatException, Source: "Microsoft.Extensions.Configuration.Binder" } => SafeText.OneLine(error.Message),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } postgres =>
            $"The schema lacks something that this program needs: {SafeText.OneLine(postgres.MessageText)} ({postgres.SqlState}). Run `{ProgramName.Value} db apply`.",
        PostgresException postgres => $"PostgreSQL refused: {postgres.MessageText} ({postgres.SqlState}). {postgres.Hint}".TrimEnd(),
        NpgsqlException => $"The database cannot be reached: {Sentence(error)} Check {ConnectionSettings.DatabaseSetting}.",
        MassTransit.ConnectionException { InnerException: { } inner } => Explain(inner),
        BrokerUnreachableException => $"The broker cannot be reached: {Sentence(error)} Check {ConnectionSettings.BrokerSetting}.",
        IOException => error.Message,
        UnauthorizedAccessException => error.Message,
        _ => null,
    };

    /// <summary>No colours and no narrow columns in a file or a pipe: programs and diffs read those.</summary>
    private static IAnsiConsole Console(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            console.Profile.Width = 160;
        }

        return console;
    }

    private static string Sentence(Exception error) => SafeText.OneLine(error.GetBaseException().Message).TrimEnd('.', ' ') + ".";
}
