using CaseWorker.TestSupport.HostileInput;

namespace CaseWorker.IntegrationTests.HostileInput;

/// <summary>One worker gets every hostile message, each between two good commands of the same case.</summary>
public sealed class HostileInputTests(HostileInputTests.OneWorker received) : IClassFixture<HostileInputTests.OneWorker>
{
    public static TheoryData<string> Names => [.. HostileMessages.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_gets_a_clear_answer_or_a_dead_letter_and_the_next_command_goes_through(string name)
    {
        var sent = await received.Environment.SendAsync(HostileMessages.All[name]);
        await received.Environment.VerifyAsync(sent);
    }

    /// <summary>The worker that all rows are sent to.</summary>
    public sealed class OneWorker(Servers servers) : IAsyncLifetime
    {
        private Workspace workspace = null!;

        internal HostileEnvironment Environment { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            workspace = await Workspace.CreateAsync(servers);
            Environment = await HostileEnvironment.OpenAsync(workspace);
            await workspace.StartWorkerAsync();
        }

        public ValueTask DisposeAsync() => workspace.DisposeAsync();
    }
}
