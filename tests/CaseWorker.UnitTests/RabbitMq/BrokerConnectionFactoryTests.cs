using System.Net.Security;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

public sealed class BrokerConnectionFactoryTests
{
    [Theory]
    [InlineData("amqp://broker", "broker:5672", "/")]
    [InlineData("amqp://user:secret@broker:1234/", "broker:1234", "/")]
    [InlineData("amqps://user:secret@broker/team", "broker:5671", "team")]
    [InlineData("amqp://user:secret@one:1111/team?hosts=two:2222,three", "one:1111, two:2222, three:5672", "team")]
    [InlineData("amqps://user:secret@one/a%2Fb?hosts=two,[::1]:3333", "one:5671, two:5671, ::1:3333", "a/b")]
    public void Hosts_and_virtual_host_are_named_without_the_password(string address, string hosts, string virtualHost)
    {
        var factory = new BrokerConnectionFactory(new Uri(address));
        factory.Hosts.ShouldBe(hosts);
        factory.Name.ShouldBe($"{hosts}, virtual host \"{virtualHost}\"");
    }

    [Theory]
    [InlineData("amqp://broker/?host=two")]
    [InlineData("amqp://broker/?heartbeat=10&hosts=two")]
    [InlineData("amqp://broker/?hosts=")]
    [InlineData("amqp://broker/?hosts=two,,three")]
    [InlineData("amqp://broker/?hosts=two:many")]
    [InlineData("http://broker/")]
    [InlineData("amqp://broker/a/b")]
    public void An_address_that_cannot_be_used_as_it_is_written_is_refused(string address) =>
        Should.Throw<ArgumentException>(() => new BrokerConnectionFactory(new Uri(address)));

    [Fact]
    public void Each_host_must_show_a_certificate_of_its_own_name()
    {
        var endpoints = EndpointsOf("amqps://user:secret@one/?hosts=two");
        endpoints.Select(endpoint => endpoint.Ssl.ServerName).ShouldBe(["one", "two"], ignoreOrder: true);
        endpoints.ShouldAllBe(endpoint => endpoint.Ssl.Enabled && endpoint.Ssl.AcceptablePolicyErrors == SslPolicyErrors.None);
    }

    [Fact]
    public void Without_TLS_no_certificate_is_asked_for() =>
        EndpointsOf("amqp://user:secret@one/?hosts=two").ShouldAllBe(endpoint => !endpoint.Ssl.Enabled);

    /// <summary>What a connection is made to, whoever makes it.</summary>
    private static List<AmqpTcpEndpoint> EndpointsOf(string address) =>
        [.. new BrokerConnectionFactory(new Uri(address)).Create("test").EndpointResolverFactory([]).All()];
}
