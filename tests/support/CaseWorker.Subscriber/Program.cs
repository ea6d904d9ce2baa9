using CaseWorker.Client;
using CaseWorker.Client.EntityFrameworkCore;
using CaseWorker.Subscriber;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// An application as a subscriber writes one: each outcome becomes a row of its own table. Made to be killed.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
builder.Services.AddDbContext<OutcomeLogContext>(options => options.UseNpgsql(builder.Configuration.GetConnectionString("Ledger")));
builder.Services
    .AddCaseWorkerClient(options =>
    {
        options.Broker = new Uri(builder.Configuration["RabbitMq:Uri"]!);
        options.Api = new Uri(builder.Configuration["Api"]!);
        options.ApiKey = builder.Configuration["ApiKey"];
    })
    .AddOutcomeHandler<OutcomeLog>(handler =>
    {
        handler.Queue = "ledger";
        handler.Kinds = OutcomeKinds.All;
        handler.UsePositions<OutcomeLogContext>();
    });
using var host = builder.Build();
await using (var scope = host.Services.CreateAsyncScope())
{
    await scope.ServiceProvider.GetRequiredService<OutcomeLogContext>().CreateTablesAsync();
}

await host.RunAsync();
