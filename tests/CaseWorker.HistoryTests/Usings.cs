global using CaseWorker.Histories;
global using CaseWorker.Testing;
global using Shouldly;
global using Xunit;
