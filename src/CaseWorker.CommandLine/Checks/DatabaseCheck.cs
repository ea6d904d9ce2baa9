using CaseWorker.Actions;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using CaseWorker.Persistence.Schema;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CaseWorker.CommandLine.Checks;

/// <summary>Looks at the database as the worker would.</summary>
internal static class DatabaseCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(IConfiguration configuration, CaseActionRegistry actions, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        try
        {
            await using var services = new ServiceCollection().AddSingleton(actions).AddCaseWorkerStorage(ConnectionSettings.ReadDatabase(configuration)).BuildServiceProvider();
            await using (var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken))
            {
                findings.Add(Finding.Good("database", $"PostgreSQL {connection.PostgreSqlVersion} answers as {connection.UserName} on {connection.Host}:{connection.Port}, database {connection.Database}"));
            }

            findings.AddRange(await SchemaAsync(services.GetRequiredService<SchemaCheck>(), cancellationToken));
            if (findings.TrueForAll(finding => finding.Status is not FindingStatus.Failed))
            {
                findings.Add(await DeadLettersAsync(services, cancellationToken));
            }
        }
        catch (Exception error) when (CommandRunner.Explain(error) is { } sentence)
        {
            findings.Add(findings.Count == 0 ? Finding.Bad("database", "not reachable", sentence) : Finding.Bad("schema", "could not be checked", sentence));
        }

        return findings;
    }

    private static async Task<IEnumerable<Finding>> SchemaAsync(SchemaCheck check, CancellationToken cancellationToken)
    {
        var problems = await check.FindProblemsAsync(cancellationToken);
        if (problems.Count > 0)
        {
            return problems.Select(problem => Finding.Bad("schema", "does not fit this program", problem));
        }

        var warnings = await check.FindWarningsAsync(cancellationToken);
        return warnings.Select(warning => Finding.Odd("schema", "fits, but", warning)).Prepend(Finding.Good("schema", "fits this program"));
    }

    private static async Task<Finding> DeadLettersAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var context = await services.GetRequiredService<IDbContextFactory<CaseWorkerDbContext>>().CreateDbContextAsync(cancellationToken);
        var open = await context.Set<DeadLetter>().CountAsync(deadLetter => deadLetter.State == "open", cancellationToken);
        return open == 0
            ? Finding.Good("dead letters", "none is open")
            : Finding.Odd("dead letters", $"{Numbers.Count(open)} {(open == 1 ? "is" : "are")} open", $"`{ProgramName.Value} dead list` says why; `dead replay` and `dead discard` deal with them.");
    }
}
