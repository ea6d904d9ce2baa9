using CaseWorker;
using Reminders;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddCaseWorker(builder.Configuration)
    .AddTables<RemindersDbContext>()
    .AddAction<SetReminder>();

var app = builder.Build();
app.MapCaseWorker();
return await app.RunCaseWorkerAsync(args);
