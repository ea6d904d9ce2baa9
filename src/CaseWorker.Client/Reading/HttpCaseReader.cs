using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CaseWorker.Client.Json;
using CaseWorker.Contracts;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client.Reading;

/// <summary>Reads cases through the worker's HTTP API. The API reads the primary database, so it shows at least the state that a conflict reported.</summary>
internal sealed class HttpCaseReader : ICaseReader, IDisposable
{
    private const string CaseNotFound = "urn:caseworker:problem:case-not-found";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;

    public HttpCaseReader(IOptions<CaseWorkerClientOptions> options)
        : this(options.Value, new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), ConnectTimeout = TimeSpan.FromSeconds(5), AllowAutoRedirect = false })
    {
    }

    internal HttpCaseReader(CaseWorkerClientOptions options, HttpMessageHandler handler)
    {
        http = new HttpClient(handler) { Timeout = Limit };
        if (options.Api is { } api)
        {
            // A base address without a slash at its end would lose its last segment.
            http.BaseAddress = new Uri(api.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/");
        }

        if (options.ApiKey is { } key)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <summary>Why nothing can be read; null if the options are complete.</summary>
    public string? Problem => http.BaseAddress is null
        ? "CaseWorkerClientOptions.Api is not set, and cases are read there; set it to where the worker serves its API, and ApiKey to a key with the scope viewer, or register an ICaseReader of your own."
        : null;

    public async Task<CaseSnapshot?> FindAsync(long caseReference, CancellationToken cancellationToken) =>
        await GetAsync(caseReference, FormattableString.Invariant($"cases/{caseReference}"), ApiJson.Default.CaseSnapshot, cancellationToken);

    public async Task<IReadOnlyList<FeedEvent>> EventsAsync(long caseReference, long afterNonce, int limit, CancellationToken cancellationToken) =>
        (await GetAsync(caseReference, FormattableString.Invariant($"cases/{caseReference}/events?after={afterNonce}&limit={limit}"), ApiJson.Default.FeedPage, cancellationToken))?.Events ?? [];

    public void Dispose() => http.Dispose();

    /// <summary>Null if the case does not exist.</summary>
    private async Task<T?> GetAsync<T>(long caseReference, string path, JsonTypeInfo<T> json, CancellationToken cancellationToken)
        where T : class
    {
        if (Problem is { } problem)
        {
            throw new CaseReaderException(problem, isTransient: false);
        }

        try
        {
            using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadFromJsonAsync(json, cancellationToken) ?? throw new JsonException("it is null");
            }

            return response.StatusCode is HttpStatusCode.NotFound && await SaysNoCaseAsync(response, cancellationToken) ? null : throw Refused(caseReference, response.StatusCode);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw Failed(caseReference, $"the API at {http.BaseAddress} cannot be reached ({error.GetBaseException().Message})", isTransient: true, error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(caseReference, FormattableString.Invariant($"the API at {http.BaseAddress} has not answered within {Limit.TotalSeconds:0} s"), isTransient: true, error);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw Failed(caseReference, $"what {http.BaseAddress}{path} answers is not what CaseWorker answers ({error.Message}); check CaseWorkerClientOptions.Api", isTransient: false, error);
        }
    }

    /// <summary>Another server, or a wrong path, answers 404 too.</summary>
    private static async Task<bool> SaysNoCaseAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await response.Content.ReadFromJsonAsync(ApiJson.Default.JsonElement, cancellationToken);
            return problem.ValueKind is JsonValueKind.Object && problem.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals(CaseNotFound);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            return false;
        }
    }

    private CaseReaderException Refused(long caseReference, HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            Failed(caseReference, FormattableString.Invariant($"the API at {http.BaseAddress} refused the key ({(int)status}); set CaseWorkerClientOptions.ApiKey to one with the scope viewer"), isTransient: false),
        >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout =>
            Failed(caseReference, FormattableString.Invariant($"the API at {http.BaseAddress} answered {(int)status}"), isTransient: true),
        _ => Failed(caseReference, FormattableString.Invariant($"the API at {http.BaseAddress} answered {(int)status}; check CaseWorkerClientOptions.Api"), isTransient: false),
    };

    private static CaseReaderException Failed(long caseReference, string what, bool isTransient, Exception? cause = null) =>
        new(FormattableString.Invariant($"Case {caseReference} could not be read: {what}."), isTransient, cause);
}
