using System.CommandLine;
using CaseWorker.Host;
using CaseWorker.Host.Access;
using CaseWorker.Host.Cases;
using CaseWorker.Host.Checks;
using CaseWorker.Host.DeadLetters;
using CaseWorker.Host.Demo;
using CaseWorker.Host.Describing;
using CaseWorker.Host.Publishing;
using CaseWorker.Host.Slots;

var root = new RootCommand("CaseWorker applies case commands from RabbitMQ to PostgreSQL, in order per case, and publishes what became of them.")
{
    RunVerb.Create(),
    DemoVerb.Create(),
    PublishVerb.Create(),
    CaseVerb.Create(),
    SlotsVerb.Create(),
    DeadVerb.Create(),
    JobVerb.Create(),
    AuditVerb.Create(),
    KeyVerb.Create(),
    CheckVerb.Create(),
    DescribeVerb.Create(),
    DbVerb.Create(),
};
var parsed = root.Parse(args);

// Ctrl-C and SIGTERM: a verb may finish what it holds; the worker itself takes up to 30 s.
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) });
return parsed.Errors.Count > 0 ? Verbs.Unusable : code;
