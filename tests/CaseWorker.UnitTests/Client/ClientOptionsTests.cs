using CaseWorker.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

public sealed class ClientOptionsTests
{
    private const string Good = "amqp://user:secret@broker:5672/";

    [Theory]
    [InlineData(Good)]
    [InlineData("amqp://broker")]
    [InlineData("amqps://user:secret@broker/team")]
    [InlineData("amqp://user:secret@broker:5672/a%2Fb")]
    [InlineData("amqp://user:sec:ret@broker/")]
    public void With_an_address_the_defaults_are_valid(string address) => Start(options => options.Broker = new Uri(address));

    [Theory]
    [InlineData("http://user:secret@broker/")]
    [InlineData("amqp://user:secret@broker/a/b")]
    [InlineData("/broker")]
    public void An_address_that_cannot_work_is_told_without_its_password(string address)
    {
        var error = Refused(options => options.Broker = new Uri(address, UriKind.RelativeOrAbsolute));

        error.ShouldStartWith("CaseWorkerClientOptions.Broker is not an AMQP address; set it as in amqp://user:password@");
        error.ShouldNotContain("secret");
    }

    [Fact]
    public void A_missing_address_is_told() =>
        Refused(_ => { }).ShouldBe("CaseWorkerClientOptions.Broker is not set; set it to the broker's address, for example amqp://user:password@127.0.0.1:5672/.");

    [Fact]
    public void The_ends_of_the_ranges_are_valid()
    {
        Start(options => (options.Broker, options.Slots, options.PublishTimeout, options.MaxOutstandingCommands) = (new Uri(Good), 1, TimeSpan.FromSeconds(1), 1));
        Start(options => (options.Broker, options.Slots, options.PublishTimeout, options.MaxOutstandingCommands) = (new Uri(Good), 64, TimeSpan.FromMinutes(5), 100_000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void Slots_out_of_range_are_told_their_range(int slots) =>
        Refused(options => (options.Broker, options.Slots) = (new Uri(Good), slots))
            .ShouldBe(FormattableString.Invariant($"CaseWorkerClientOptions.Slots is {slots}; set it to the worker's number, 1 to 64 (64 in production)."));

    [Theory]
    [InlineData("00:00:00.9990000")]
    [InlineData("00:05:00.0010000")]
    [InlineData("-00:00:01")]
    public void A_time_limit_out_of_range_is_told_its_range(string limit) =>
        Refused(options => (options.Broker, options.PublishTimeout) = (new Uri(Good), TimeSpan.Parse(limit)))
            .ShouldBe($"CaseWorkerClientOptions.PublishTimeout is {limit}; set it to 00:00:01 to 00:05:00.");

    [Theory]
    [InlineData(0)]
    [InlineData(100_001)]
    public void A_limit_of_outstanding_commands_out_of_range_is_told_its_range(int limit) =>
        Refused(options => (options.Broker, options.MaxOutstandingCommands) = (new Uri(Good), limit))
            .ShouldBe(FormattableString.Invariant($"CaseWorkerClientOptions.MaxOutstandingCommands is {limit}; set it to 1 to 100000."));

    [Theory]
    [InlineData(1_048_575)]
    [InlineData(1_073_741_825)]
    public void A_limit_of_outstanding_bytes_out_of_range_is_told_its_range(long limit) =>
        Refused(options => (options.Broker, options.MaxOutstandingBytes) = (new Uri(Good), limit))
            .ShouldBe(FormattableString.Invariant($"CaseWorkerClientOptions.MaxOutstandingBytes is {limit}; set it to 1048576 to 1073741824."));

    [Theory]
    [InlineData("ftp://worker/")]
    [InlineData("/worker")]
    public void An_API_that_is_no_HTTP_address_is_told(string address) =>
        Refused(options => (options.Broker, options.Api) = (new Uri(Good), new Uri(address, UriKind.RelativeOrAbsolute)))
            .ShouldStartWith("CaseWorkerClientOptions.Api is not an HTTP address; set it to");

    [Theory]
    [InlineData("")]
    [InlineData("cwk_secret\n")]
    [InlineData("cwk secret")]
    public void A_key_that_fits_in_no_header_is_told_without_it(string key)
    {
        var error = Refused(options => (options.Broker, options.ApiKey) = (new Uri(Good), key));

        error.ShouldStartWith("CaseWorkerClientOptions.ApiKey is not a key; set it to one that caseworker key create has made");
        error.ShouldNotContain("secret");
    }

    private static string Refused(Action<CaseWorkerClientOptions> configure) =>
        Should.Throw<OptionsValidationException>(() => Start(configure)).Failures.ShouldHaveSingleItem();

    /// <summary>What a host does before it starts anything.</summary>
    private static void Start(Action<CaseWorkerClientOptions> configure)
    {
        using var services = new ServiceCollection().AddCaseWorkerClient(configure).BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
    }
}
