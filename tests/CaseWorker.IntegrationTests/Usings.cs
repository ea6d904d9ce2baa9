global using CaseWorker.TestSupport;
global using Xunit;
