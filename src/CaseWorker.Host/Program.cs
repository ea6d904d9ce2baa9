return await CaseWorker.Host.CaseWorkerHost.RunAsync(args);
