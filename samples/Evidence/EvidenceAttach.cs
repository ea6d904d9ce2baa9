using CaseWorker.Actions;
using CaseWorker.Contracts;

namespace Evidence;

/// <summary>The body of <c>evidence.attach</c>.</summary>
/// <param name="FileName">1 to 255 characters.</param>
/// <param name="MediaType">Such as <c>application/pdf</c>.</param>
/// <param name="Sha256">Of the content, 64 hexadecimal digits.</param>
/// <param name="SizeBytes">From 1.</param>
/// <param name="Description">At most 4,000 characters.</param>
public sealed record AttachBody(string FileName, string MediaType, string Sha256, long SizeBytes, string? Description = null)
{
    /// <summary>One spelling for one document.</summary>
    public string Hash => Sha256.ToLowerInvariant();
}

/// <summary>Attaches a document. Any number of parties can do that at once: it never touches the case's JSON.</summary>
public sealed class EvidenceAttach : CaseAction<AttachBody, EvidenceDbContext>
{
    public override string Name => "evidence.attach";

    public override void Validate(AttachBody body, ICollection<FieldError> errors)
    {
        if (body.FileName.Length is 0 or > 255)
        {
            errors.Add(new FieldError("/body/fileName", "Must have 1 to 255 characters."));
        }

        if (!body.MediaType.Contains('/', StringComparison.Ordinal))
        {
            errors.Add(new FieldError("/body/mediaType", "Must be a media type such as application/pdf."));
        }

        Hashes.Check(body.Sha256, errors);

        if (body.SizeBytes < 1)
        {
            errors.Add(new FieldError("/body/sizeBytes", "Must be 1 or more."));
        }

        if (body.Description?.Length > 4000)
        {
            errors.Add(new FieldError("/body/description", "Must have at most 4,000 characters."));
        }
    }

    public override Task LoadAsync(EvidenceDbContext db, IReadOnlyList<CaseRequest<AttachBody>> requests) =>
        db.LoadAsync(requests.Select(request => (request.CaseReference, request.Body.Hash)));

    public override CaseAnswer Handle(EvidenceDbContext db, LockedCase current, CaseRequest<AttachBody> request)
    {
        var body = request.Body;
        if (db.Find(current.Reference, body.Hash) is { } earlier)
        {
            return CaseAnswer.Refuse(
                "duplicate-evidence",
                $"This document is in the case already: event {earlier.Nonce} attached it as {earlier.FileName}{(earlier.WithdrawnNonce is { } withdrawn ? $", event {withdrawn} withdrew it" : "")}.",
                "/body/sha256");
        }

        return CaseAnswer.Accept(() => db.Add(new CaseEvidence
        {
            CaseReference = current.Reference,
            Sha256 = body.Hash,
            Nonce = current.NextNonce,
            FileName = body.FileName,
            MediaType = body.MediaType,
            SizeBytes = body.SizeBytes,
            Description = body.Description,
            Party = request.Actor,
            AttachedAt = request.RecordedAt,
        }));
    }
}
