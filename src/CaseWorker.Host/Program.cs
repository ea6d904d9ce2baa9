using System.CommandLine;
using CaseWorker.Host;

var root = new RootCommand("CaseWorker applies case commands from RabbitMQ to PostgreSQL, in order per case, and publishes what became of them.")
{
    RunVerb.Create(),
    DbVerb.Create(),
};
return await root.Parse(args).InvokeAsync();
