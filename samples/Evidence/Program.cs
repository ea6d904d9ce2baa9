using CaseWorker.CommandLine;
using Evidence;

return await CaseWorkerHost.RunAsync(args, EvidenceActions.Register);
