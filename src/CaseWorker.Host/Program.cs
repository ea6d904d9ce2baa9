return await CaseWorker.CommandLine.CaseWorkerHost.RunAsync(args);
