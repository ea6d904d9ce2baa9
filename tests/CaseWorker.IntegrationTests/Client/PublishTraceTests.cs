using System.Diagnostics;
using System.Text;
using CaseWorker.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>Traces of a published command. The listener hears the whole process and changes what other tests publish.</summary>
[Collection(nameof(WholeProcess))]
public sealed class PublishTraceTests(Servers servers)
{
    [Fact]
    public async Task Where_the_brokers_client_is_traced_its_span_belongs_to_the_callers_trace()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var tap = await workspace.TapAsync();
        var client = await ClientHost.StartAsync(workspace);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("RabbitMQ.Client", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();

        await client.PublishAsync(CaseCommands.AddNote(7, "traced"));

        var message = (await tap.TakeAsync()).ShouldHaveSingleItem();
        Encoding.UTF8.GetString((byte[])message.BasicProperties.Headers!["traceparent"]!).ShouldContain(activity.TraceId.ToString());
    }
}
