global using CaseWorker.Testing;
