using System.Text.Json.Nodes;
using CaseWorker.Actions;
using CaseWorker.Contracts;

namespace Evidence;

/// <summary>The body of <c>evidence.publish</c>.</summary>
/// <param name="Sha256">Of the document's content, 64 hexadecimal digits.</param>
public sealed record PublishBody(string Sha256)
{
    /// <summary>One spelling for one document.</summary>
    public string Hash => Sha256.ToLowerInvariant();
}

/// <summary>
/// Both models in one event: names the document in the case's JSON (<c>{"evidence": {"sha256": "file name"}}</c>), under a proposal like
/// every change of the JSON, and marks its row, in the same transaction.
/// </summary>
public sealed class EvidencePublish : CaseAction<PublishBody, EvidenceDbContext>
{
    public override string Name => "evidence.publish";

    public override bool TouchesBlob => true;

    public override void Validate(PublishBody body, ICollection<FieldError> errors) => Hashes.Check(body.Sha256, errors);

    public override Task LoadAsync(EvidenceDbContext db, IReadOnlyList<CaseRequest<PublishBody>> requests) =>
        db.LoadAsync(requests.Select(request => (request.CaseReference, request.Body.Hash)));

    public override CaseAnswer Handle(EvidenceDbContext db, LockedCase current, CaseRequest<PublishBody> request)
    {
        if (db.Find(current.Reference, request.Body.Hash) is not { } document)
        {
            return Hashes.Unknown(request.Body.Hash);
        }

        if (document.WithdrawnNonce is { } withdrawn)
        {
            return CaseAnswer.Refuse("already-withdrawn", $"Event {withdrawn} has withdrawn this document; it can no longer be published.", "/body/sha256");
        }

        var blob = current.CopyBlob();
        if (blob["evidence"] is not JsonObject published)
        {
            blob["evidence"] = published = [];
        }

        published[document.Sha256] = document.FileName;
        return CaseAnswer.Accept(blob, () => document.PublishedNonce = current.NextNonce);
    }
}
