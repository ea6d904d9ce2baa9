using CaseWorker.Configuration;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Configuration;

public sealed class ConnectionSettingsTests
{
    private const string Database = "Host=db;Database=cases;Username=app;Password=secret";
    private const string Broker = "amqps://user:secret@broker:5671/vhost";

    [Fact]
    public void Both_connections_are_read()
    {
        var settings = ConnectionSettings.Read(With((ConnectionSettings.DatabaseSetting, Database), (ConnectionSettings.BrokerSetting, Broker)));
        settings.Database.ShouldContain("Host=db");
        settings.Broker.ShouldBe(new Uri(Broker));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void A_missing_database_is_told_by_the_variable_to_set(string? text)
    {
        var message = Should.Throw<SettingException>(() => ConnectionSettings.ReadDatabase(With((ConnectionSettings.DatabaseSetting, text)))).Message;
        message.ShouldStartWith("ConnectionStrings:CaseWorker is not set.");
        message.ShouldContain("export ConnectionStrings__CaseWorker=\"Host=");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void A_missing_broker_is_told_by_the_variable_to_set(string? text)
    {
        var message = Should.Throw<SettingException>(() => ConnectionSettings.ReadBroker(With((ConnectionSettings.BrokerSetting, text)))).Message;
        message.ShouldStartWith("RabbitMq:Uri is not set.");
        message.ShouldContain("export RabbitMq__Uri=\"amqp://");
    }

    [Fact]
    public void Multiplexing_is_refused_with_a_sentence_and_without_the_password()
    {
        var message = Should.Throw<SettingException>(() => ConnectionSettings.ReadDatabase(With((ConnectionSettings.DatabaseSetting, Database + ";Multiplexing=true")))).Message;
        message.ShouldStartWith("ConnectionStrings:CaseWorker sets Multiplexing=true");
        message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("amqp://user:secret@broker/a/b")]
    [InlineData("localhost")]
    [InlineData("http://localhost/")]
    [InlineData("rabbitmq:secret@nowhere")]
    public void A_broker_that_is_no_AMQP_URI_is_told_an_example_and_the_secret_is_not_repeated(string text)
    {
        var message = Should.Throw<SettingException>(() => ConnectionSettings.ReadBroker(With((ConnectionSettings.BrokerSetting, text)))).Message;
        message.ShouldBe("RabbitMq:Uri is not an AMQP URI. Set it as in RabbitMq__Uri=amqp://guest:guest@127.0.0.1:5672/");
        message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("postgres://app:secret@db/cases")]
    [InlineData("Host=db;Colour=red;Password=secret")]
    [InlineData("Host=db;Port=many;Password=secret")]
    public void An_invalid_connection_string_gets_an_example_and_its_secret_is_not_repeated(string text)
    {
        var message = Should.Throw<SettingException>(() => ConnectionSettings.ReadDatabase(With((ConnectionSettings.DatabaseSetting, text)))).Message;
        message.ShouldStartWith("ConnectionStrings:CaseWorker is no Npgsql connection string (");
        message.ShouldEndWith("Example: Host=127.0.0.1;Database=caseworker;Username=caseworker;Password=…");
        message.ShouldNotContain("secret");
    }

    [Fact]
    public void The_owner_is_the_worker_s_connection_where_it_is_not_set()
    {
        ConnectionSettings.ReadOwner(With((ConnectionSettings.DatabaseSetting, Database))).ShouldContain("Username=app");
        ConnectionSettings.ReadOwner(With((ConnectionSettings.DatabaseSetting, Database), (ConnectionSettings.OwnerSetting, "Host=db;Username=owner"))).ShouldContain("Username=owner");
    }

    private static IConfiguration With(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build();
}
