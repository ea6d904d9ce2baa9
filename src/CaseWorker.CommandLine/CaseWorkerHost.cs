using System.CommandLine;
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

namespace CaseWorker.CommandLine;

/// <summary>The program <c>caseworker</c> with all its verbs; a team's own executable is this with the team's actions.</summary>
public static class CaseWorkerHost
{
    /// <summary>Runs a verb to its end.</summary>
    /// <param name="args">The verb and its options: <c>run</c>, <c>db apply</c>, <c>dead list</c> …</param>
    /// <param name="register">Adds a team's actions and tables; null for the built-in actions alone.</param>
    /// <returns>The exit code: 0 yes, 1 no, 2 the verb could not run.</returns>
    public static async Task<int> RunAsync(string[] args, Action<CaseActionRegistry>? register = null)
    {
        var actions = new CaseActionRegistry();
        try
        {
            register?.Invoke(actions);
            actions.Build();
        }
        catch (InvalidOperationException error)
        {
            await System.Console.Error.WriteLineAsync(error.Message);
            return CommandRunner.Unusable;
        }

        var root = new RootCommand("CaseWorker applies case commands from RabbitMQ to PostgreSQL, in order per case, and publishes what became of them.")
        {
            RunCommand.Create(actions),
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
        var parsed = root.Parse(args);

        // Ctrl-C and SIGTERM: a verb may finish what it holds; the worker itself takes up to 30 s.
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) });
        return parsed.Errors.Count > 0 ? CommandRunner.Unusable : code;
    }
}
