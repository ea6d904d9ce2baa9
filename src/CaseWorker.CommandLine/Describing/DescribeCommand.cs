using System.CommandLine;
using System.Text.Json;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Formatting;

namespace CaseWorker.CommandLine.Describing;

/// <summary><c>caseworker describe</c>: topology, limits, actions, options and versions, for people and for tools.</summary>
internal static class DescribeCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(CaseActionRegistry actions)
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object, with every queue and its arguments." };
        var verb = new Command("describe", "Describes this worker: exchanges and queues, limits, actions, options as configured here, versions. Contacts no server.") { json };
        verb.SetAction((parsed, _) => CommandRunner.GuardAsync(() => RunAsync(parsed.GetValue(json), actions)));
        return verb;
    }

    private static Task<int> RunAsync(bool json, CaseActionRegistry actions)
    {
        var description = Describer.Of(Settings.ReadOptions(Settings.Read()), actions);
        if (json)
        {
            System.Console.WriteLine(JsonSerializer.Serialize(description, Json));
        }
        else
        {
            DescriptionTables.Write(description);
        }

        return Task.FromResult(CommandRunner.Ok);
    }
}
