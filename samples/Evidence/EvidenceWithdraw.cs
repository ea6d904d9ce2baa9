using CaseWorker.Actions;
using CaseWorker.Contracts;

namespace Evidence;

/// <summary>The body of <c>evidence.withdraw</c>.</summary>
/// <param name="Sha256">Of the document's content, 64 hexadecimal digits.</param>
/// <param name="Reason">1 to 1,000 characters.</param>
public sealed record WithdrawBody(string Sha256, string Reason)
{
    /// <summary>One spelling for one document.</summary>
    public string Hash => Sha256.ToLowerInvariant();
}

/// <summary>Marks a document as withdrawn. The row stays, with who and why.</summary>
public sealed class EvidenceWithdraw : CaseAction<WithdrawBody, EvidenceDbContext>
{
    public override string Name => "evidence.withdraw";

    public override void Validate(WithdrawBody body, ICollection<FieldError> errors)
    {
        Hashes.Check(body.Sha256, errors);

        if (body.Reason.Length is 0 or > 1000)
        {
            errors.Add(new FieldError("/body/reason", "Must have 1 to 1,000 characters."));
        }
    }

    public override Task LoadAsync(EvidenceDbContext db, IReadOnlyList<CaseRequest<WithdrawBody>> requests) =>
        db.LoadAsync(requests.Select(request => (request.CaseReference, request.Body.Hash)));

    public override CaseAnswer Handle(EvidenceDbContext db, LockedCase current, CaseRequest<WithdrawBody> request)
    {
        if (db.Find(current.Reference, request.Body.Hash) is not { } document)
        {
            return Hashes.Unknown(request.Body.Hash);
        }

        if (document.WithdrawnNonce is { } earlier)
        {
            return CaseAnswer.Refuse("already-withdrawn", $"Event {earlier} has withdrawn this document already.", "/body/sha256");
        }

        return CaseAnswer.Accept(() =>
        {
            document.WithdrawnNonce = current.NextNonce;
            document.WithdrawnAt = request.RecordedAt;
            document.WithdrawnBy = request.Actor;
            document.WithdrawalReason = request.Body.Reason;
        });
    }
}
