using System.CommandLine;
using CaseWorker.Host;
using CaseWorker.Host.Publishing;

var root = new RootCommand("CaseWorker applies case commands from RabbitMQ to PostgreSQL, in order per case, and publishes what became of them.")
{
    RunVerb.Create(),
    PublishVerb.Create(),
    DbVerb.Create(),
};
return await root.Parse(args).InvokeAsync();
