using CaseWorker;
using Evidence;

var builder = WebApplication.CreateBuilder(args);
EvidenceActions.Register(builder.Services.AddCaseWorker(builder.Configuration));
var app = builder.Build();
app.MapCaseWorker();
return await app.RunCaseWorkerAsync(args);
