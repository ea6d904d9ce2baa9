global using CaseWorker.Testing;
global using Xunit;
