global using CaseWorker.TestSupport;
