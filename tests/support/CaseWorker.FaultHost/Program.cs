using System.Diagnostics;
using CaseWorker;
using CaseWorker.Actions;
using CaseWorker.Configuration;
using CaseWorker.FaultHost;
using CaseWorker.FaultHost.InjectedBugs;
using Evidence;
using MassTransit;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// The worker with one fault, injected through the extension points of EF Core and MassTransit or in place of one of its services. The
// product does not know about it.
// Usage: CaseWorker.FaultHost before-commit|after-commit|after-publish N [BUG|evidence]   (dies at the N-th time it gets there; with
// "evidence" it has the actions of that example)
var fault = new InjectedCrash(args[0], int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Configuration.AddEnvironmentVariables();
builder.Services.AddSingleton(fault);
builder.Services.AddSingleton<IInterceptor, CommitFaults>();
builder.Services.AddSingleton<IConfigureReceiveEndpoint, AcknowledgeFaults>();
var worker = builder.Services.AddCaseWorker(builder.Configuration);
if (args.Length > 2 && args[2] is "evidence")
{
    EvidenceActions.Register(worker);
}
else if (args.Length > 2)
{
    InjectedBug.ByName[args[2]](builder.Services);
}

await builder.Build().RunAsync();

namespace CaseWorker.FaultHost
{
    internal sealed class InjectedCrash(string point, int count)
    {
        private int left = count;

        public void Reached(string here)
        {
            if (here == point && Interlocked.Decrement(ref left) == 0)
            {
                // SIGKILL: no finally, no finaliser, no flush.
                Process.GetCurrentProcess().Kill();
                Process.GetCurrentProcess().WaitForExit();
            }
        }
    }
}
