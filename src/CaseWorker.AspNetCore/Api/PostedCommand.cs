using System.Globalization;
using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using Microsoft.AspNetCore.Http;

namespace CaseWorker.AspNetCore.Api;

/// <summary>
/// A command as it was posted. It is checked by the worker's own reader, over the very bytes that came: nothing of them is parsed and written
/// again before, which would drop a duplicate key or round a number.
/// </summary>
internal static class PostedCommand
{
    /// <summary>Bytes that are read. A command may have 1 MiB; one that is a little larger still hears that from the worker's reader.</summary>
    public const int MaxBytes = JsonLimits.MaxBytes + (64 * 1024);

    /// <param name="request">Its body is read.</param>
    /// <exception cref="ProblemException">It is not JSON, or it is too large.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            throw new ProblemException(Problem.Of(
                StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The body is not JSON", "Send the body as JSON in UTF-8, with Content-Type: application/json."));
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) is > 0 and var count)
        {
            body.Write(buffer, 0, count);
            if (body.Length > MaxBytes)
            {
                throw new ProblemException(Problem.Of(
                    StatusCodes.Status413PayloadTooLarge, "too-large", "The body is too large", FormattableString.Invariant($"A command has at most {JsonLimits.MaxBytes} bytes; any other body little more.")));
            }
        }

        return body.ToArray();
    }

    /// <summary>As the client sends it.</summary>
    /// <param name="command">A valid one.</param>
    /// <param name="json">The bytes that it was read from.</param>
    /// <param name="actor">Who asks, where the command does not say.</param>
    public static CaseCommand ToContract(Command command, byte[] json, string? actor)
    {
        var issuedAt = JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = JsonLimits.MaxDepth + 1 }).TryGetProperty("issuedAt", out var given) && given.ValueKind is JsonValueKind.String
            ? DateTimeOffset.Parse(given.GetString()!, CultureInfo.InvariantCulture)
            : (DateTimeOffset?)null;
        return new CaseCommand
        {
            CommandId = command.Id,
            CaseReference = command.CaseReference,
            Action = command.ActionName!,
            ProposedVersion = command.ProposedVersion,
            ProposedNonce = command.ProposedNonce,
            Body = command.Body,
            Actor = command.Actor ?? actor,
            CorrelationId = command.CorrelationId,
            IssuedAt = issuedAt,
        };
    }
}
