global using CaseWorker.Histories;
global using CaseWorker.TestSupport;
global using Shouldly;
global using Xunit;
