using System.Net;
using System.Text;
using CaseWorker.Client;
using CaseWorker.Client.Reading;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

public sealed class HttpCaseReaderTests
{
    private const string Case = """{"caseReference":"42","version":3,"nonce":9,"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","blob":{"a":1}}""";
    private const string NoCase = """{"type":"urn:caseworker:problem:case-not-found","status":404}""";

    [Fact]
    public async Task A_case_is_read_below_the_path_of_the_API_with_the_key()
    {
        var server = new Server(HttpStatusCode.OK, Case);
        using var reader = ReaderOf(server);

        var snapshot = (await reader.FindAsync(42, CancellationToken.None)).ShouldNotBeNull();

        (snapshot.CaseReference, snapshot.Version, snapshot.Nonce).ShouldBe((42, 3, 9));
        server.Asked.ShouldBe("http://worker.example/behind/cases/42 Bearer cwk_key");
        (await Should.ThrowAsync<CaseReaderException>(reader.EventsAsync(42, 7, 100, CancellationToken.None))).Message.ShouldContain("is not what CaseWorker answers");
        server.Asked.ShouldBe("http://worker.example/behind/cases/42/events?after=7&limit=100 Bearer cwk_key");
    }

    [Fact]
    public async Task Only_the_worker_s_own_word_says_that_there_is_no_case()
    {
        using var reader = ReaderOf(new Server(HttpStatusCode.NotFound, NoCase));
        (await reader.FindAsync(42, CancellationToken.None)).ShouldBeNull();
        (await reader.EventsAsync(42, 0, 1, CancellationToken.None)).ShouldBeEmpty();

        foreach (var body in (string[])["", "<html>", "[]", """{"type":"about:blank"}""", """{"type":1}"""])
        {
            using var lost = ReaderOf(new Server(HttpStatusCode.NotFound, body));
            var error = await Should.ThrowAsync<CaseReaderException>(lost.FindAsync(42, CancellationToken.None));
            error.Message.ShouldEndWith("answered 404; check CaseWorkerClientOptions.Api.");
            error.IsTransient.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, false, "refused the key (401); set CaseWorkerClientOptions.ApiKey")]
    [InlineData(HttpStatusCode.Forbidden, false, "refused the key (403)")]
    [InlineData(HttpStatusCode.ServiceUnavailable, true, "answered 503")]
    [InlineData(HttpStatusCode.TooManyRequests, true, "answered 429")]
    [InlineData(HttpStatusCode.Redirect, false, "answered 302; check CaseWorkerClientOptions.Api")]
    public async Task A_refusal_says_what_to_do_and_whether_it_may_pass(HttpStatusCode status, bool isTransient, string what)
    {
        using var reader = ReaderOf(new Server(status, "{}"));

        var error = await Should.ThrowAsync<CaseReaderException>(reader.FindAsync(42, CancellationToken.None));

        error.Message.ShouldStartWith("Case 42 could not be read: the API at http://worker.example/behind/ ");
        error.Message.ShouldContain(what);
        error.Message.ShouldNotContain("cwk_key");
        error.IsTransient.ShouldBe(isTransient);
    }

    [Fact]
    public async Task A_server_that_is_away_may_come_back()
    {
        using var reader = ReaderOf(new Server(new HttpRequestException("connection refused")));

        var error = await Should.ThrowAsync<CaseReaderException>(reader.FindAsync(42, CancellationToken.None));

        error.Message.ShouldContain("cannot be reached (connection refused)");
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task Without_an_address_it_says_what_to_set()
    {
        using var reader = new HttpCaseReader(new CaseWorkerClientOptions(), new Server(HttpStatusCode.OK, Case));

        (await Should.ThrowAsync<CaseReaderException>(reader.FindAsync(42, CancellationToken.None))).Message.ShouldStartWith("CaseWorkerClientOptions.Api is not set");
    }

    private static HttpCaseReader ReaderOf(Server server) => new(new CaseWorkerClientOptions { Api = new Uri("http://worker.example/behind"), ApiKey = "cwk_key" }, server);

    private sealed class Server : HttpMessageHandler
    {
        private readonly Func<HttpResponseMessage> answer;

        public Server(HttpStatusCode status, string body) =>
            answer = () => new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

        public Server(Exception error) => answer = () => throw error;

        public string? Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = $"{request.RequestUri} {request.Headers.Authorization}";
            return Task.FromResult(answer());
        }
    }
}
