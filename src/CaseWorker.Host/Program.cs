using CaseWorker;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddCaseWorker(builder.Configuration);
var app = builder.Build();
app.MapCaseWorker();
return await app.RunCaseWorkerAsync(args);
