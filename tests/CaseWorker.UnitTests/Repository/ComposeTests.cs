using Shouldly;
using Xunit;
using YamlDotNet.Serialization;

namespace CaseWorker.UnitTests.Repository;

/// <summary>docker-compose.yml, as far as it can be judged without Docker.</summary>
public sealed class ComposeTests
{
    private static readonly Dictionary<object, object> Services = Read();

    [Fact]
    public void A_service_waits_only_for_services_that_can_become_what_it_waits_for()
    {
        foreach (var (service, definition) in Services)
        {
            foreach (var (needed, condition) in Map(definition, "depends_on"))
            {
                Services.ShouldContainKey(needed, $"{service} depends on it");
                if (Map(condition)["condition"] is "service_healthy")
                {
                    Map(Services[needed]).ShouldContainKey("healthcheck", $"{service} waits for {needed}");
                }
            }
        }
    }

    /// <summary>A health check runs as root beside a server that is still starting: a tool of the server's own may create files that the server cannot read.</summary>
    [Fact]
    public void The_check_of_the_broker_only_connects_to_it() =>
        ((IEnumerable<object>)Map(Services["rabbitmq"], "healthcheck")["test"]).ShouldBe(["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5672"]);

    [Theory]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    public void A_first_start_on_a_slow_machine_is_not_counted_as_unhealthy(string server) =>
        Map(Services[server], "healthcheck").ShouldContainKey("start_period");

    [Fact]
    public void Ports_are_bound_to_the_loopback_address() =>
        Services.Values.SelectMany(service => Map(service).GetValueOrDefault("ports") as IEnumerable<object> ?? []).ShouldAllBe(port => ((string)port).StartsWith("127.0.0.1:", StringComparison.Ordinal));

    private static Dictionary<object, object> Map(object node, string key) =>
        Map(node).TryGetValue(key, out var value) ? Map(value) : new Dictionary<object, object>();

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    private static Dictionary<object, object> Read()
    {
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(File.ReadAllText(RepositoryFolder.PathOf("docker-compose.yml")));
        return Map(file, "services");
    }
}
