using CaseWorker.IntegrationTests.World;
using CaseWorker.TestSupport.HostileInput;

namespace CaseWorker.IntegrationTests.HostileInput;

/// <summary>One worker gets every hostile message, each between two good commands of the same case.</summary>
public sealed class HostileInputTests(HostileInputTests.OneWorker one) : IClassFixture<HostileInputTests.OneWorker>
{
    public static TheoryData<string> Names => [.. HostileMessages.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_gets_a_clear_answer_or_a_dead_letter_and_the_next_command_goes_through(string name)
    {
        var sent = await one.World.SendAsync(HostileMessages.All[name]);
        await one.World.VerifyAsync(sent);
    }

    /// <summary>The worker that all rows are sent to.</summary>
    public sealed class OneWorker(Servers servers) : IAsyncLifetime
    {
        private Workspace workspace = null!;

        internal HostileEnvironment World { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            workspace = await Workspace.CreateAsync(servers);
            World = await HostileEnvironment.OpenAsync(workspace);
            await workspace.StartWorkerAsync();
        }

        public ValueTask DisposeAsync() => workspace.DisposeAsync();
    }
}
