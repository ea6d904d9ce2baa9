using CaseWorker.Host;
using Evidence;

return await CaseWorkerHost.RunAsync(args, EvidenceActions.Register);
