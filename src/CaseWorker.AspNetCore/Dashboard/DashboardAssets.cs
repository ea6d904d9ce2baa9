using System.Security.Cryptography;
using CaseWorker.AspNetCore.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>Style, script and icon, out of the executable. Their addresses hold their hash, so browsers may keep them.</summary>
internal static class DashboardAssets
{
    private static readonly Dictionary<string, Asset> Assets = new[]
    {
        Load("ops.css", "text/css; charset=utf-8"), Load("ops.js", "text/javascript; charset=utf-8"), Load("icon.svg", "image/svg+xml"),
    }.ToDictionary(asset => asset.Name, StringComparer.Ordinal);

    public static string Address(string name) => $"{AccessServices.DashboardPath}/assets/{Assets[name].Hash}/{name}";

    public static void Map(IEndpointRouteBuilder ops) => ops.MapGet("/assets/{hash}/{name}", (string hash, string name, HttpContext context) =>
    {
        if (!Assets.TryGetValue(name, out var asset) || !string.Equals(asset.Hash, hash, StringComparison.Ordinal))
        {
            return Results.NotFound();
        }

        context.Response.Headers.Remove(HeaderNames.Pragma);
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Bytes, asset.Type);
    }).AllowAnonymous();

    private static Asset Load(string name, string type)
    {
        using var stream = typeof(DashboardAssets).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the executable.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return new Asset(name, type, copy.ToArray(), Convert.ToHexStringLower(SHA256.HashData(copy.ToArray()))[..12]);
    }

    private sealed record Asset(string Name, string Type, byte[] Bytes, string Hash);
}
