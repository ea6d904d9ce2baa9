using CaseWorker.Actions;

namespace CaseWorker.IntegrationTests.Fairness;

/// <summary>How long a command takes, in milliseconds.</summary>
public sealed record SlowBody(int Milliseconds);

/// <summary>An action without tables that takes as long as its body says.</summary>
internal sealed class SlowAction : CaseAction<SlowBody>
{
    private int calls;

    public override string Name => "slow.step";

    public override TimeSpan TimeLimit => TimeSpan.FromSeconds(10);

    public int Calls => calls;

    public override CaseAnswer Handle(LockedCase current, CaseRequest<SlowBody> request)
    {
        Interlocked.Increment(ref calls);
        Thread.Sleep(request.Body.Milliseconds);
        return CaseAnswer.Accept();
    }
}
