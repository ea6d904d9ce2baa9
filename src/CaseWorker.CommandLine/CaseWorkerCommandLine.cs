using System.CommandLine;
using System.CommandLine.Help;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Cases;
using CaseWorker.CommandLine.Checks;
using CaseWorker.CommandLine.DeadLetters;
using CaseWorker.CommandLine.Describing;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.CommandLine.Keys;
using CaseWorker.CommandLine.Publishing;
using CaseWorker.CommandLine.Running;
using CaseWorker.CommandLine.Schema;
using CaseWorker.CommandLine.Slots;
using CaseWorker.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker;

/// <summary>The command line of a program that hosts the worker.</summary>
public static class CaseWorkerCommandLine
{
    /// <summary>Runs one command to its end: <c>run</c>, <c>db apply</c>, <c>dead list</c> … <c>--help</c> lists all.</summary>
    /// <param name="app">The application. Only <c>run</c> starts it; it is disposed at the end.</param>
    /// <param name="args">The command and its options.</param>
    /// <returns>The exit code: 0 yes, 1 no, 2 the command could not run, 130 interrupted.</returns>
    public static async Task<int> RunCaseWorkerAsync(this WebApplication app, string[] args)
    {
        ArgumentNullException.ThrowIfNull(app);
        await using var disposed = app;
        ProgramName.Set(RootCommand.ExecutableName);
        var actions = app.Services.GetRequiredService<CaseActionRegistry>();
        try
        {
            actions.Build();
        }
        catch (InvalidOperationException error)
        {
            await System.Console.Error.WriteLineAsync(error.Message);
            return CommandRunner.Unusable;
        }

        var parsed = NewRoot(app, actions).Parse(args);

        // Ctrl-C and SIGTERM: a command may finish what it holds. The worker itself takes up to 30 s.
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) });
        return parsed.Errors.Count > 0 ? CommandRunner.Unusable : code;
    }

    /// <summary>Explains an error of a command of your own: a setting, a file, or a server that cannot be reached or refuses.</summary>
    /// <param name="error">What was thrown.</param>
    /// <returns>A sentence that says what to do; null for a fault of the program, whose stack trace says more.</returns>
    public static string? Explain(Exception error) => CommandRunner.Explain(error);

    /// <summary>Not a <see cref="RootCommand"/>, which takes the name of the assembly: the tool is called <c>caseworker</c>.</summary>
    private static Command NewRoot(WebApplication app, CaseActionRegistry actions) =>
        new(ProgramName.Value, "CaseWorker applies case commands from RabbitMQ to PostgreSQL, in order per case, and publishes their outcomes.")
        {
            new HelpOption(),
            new VersionOption(),
            RunCommand.Create(app),
            PublishCommand.Create(),
            CasesCommand.Create(),
            SlotsCommand.Create(),
            DeadLettersCommand.Create(actions),
            JobsCommand.Create(),
            AuditCommand.Create(),
            KeysCommand.Create(),
            CheckCommand.Create(actions),
            DescribeCommand.Create(actions),
            SchemaCommand.Create(actions),
        };
}
