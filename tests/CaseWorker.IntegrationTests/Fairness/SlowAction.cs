using CaseWorker.Actions;

namespace CaseWorker.IntegrationTests.Fairness;

/// <summary>How long a command takes at most, in milliseconds.</summary>
public sealed record SlowBody(int Milliseconds);

/// <summary>An action without tables whose code is busy until the test releases it, or until the time of its body is over.</summary>
internal sealed class SlowAction : CaseAction<SlowBody>, IDisposable
{
    private readonly ManualResetEventSlim released = new();

    public override string Name => "slow.step";

    public override TimeSpan TimeLimit => TimeSpan.FromSeconds(10);

    public void Release() => released.Set();

    public void Dispose() => released.Dispose();

    public override CaseAnswer Handle(LockedCase current, CaseRequest<SlowBody> request)
    {
        released.Wait(request.Body.Milliseconds);
        return CaseAnswer.Accept();
    }
}
