using CaseWorker.RabbitMq;
using Microsoft.Extensions.Configuration;

namespace CaseWorker.Configuration;

/// <summary>Where the database and the broker are.</summary>
/// <param name="Database">Npgsql connection string.</param>
/// <param name="Broker">AMQP URI.</param>
internal sealed record ConnectionSettings(string Database, Uri Broker)
{
    public const string DatabaseSetting = "ConnectionStrings:CaseWorker";
    public const string OwnerSetting = "ConnectionStrings:CaseWorkerOwner";
    public const string OperatorSetting = "ConnectionStrings:CaseWorkerOperator";
    public const string BrokerSetting = "RabbitMq:Uri";

    /// <exception cref="SettingException">One is missing or malformed.</exception>
    public static ConnectionSettings Read(IConfiguration configuration) => new(ReadDatabase(configuration), ReadBroker(configuration));

    public static string ReadDatabase(IConfiguration configuration) =>
        ReadConnectionString(configuration, DatabaseSetting)
        ?? throw SettingException.Missing(DatabaseSetting, "Host=127.0.0.1;Database=caseworker;Username=caseworker;Password=…");

    /// <summary>The owner's connection if it is set, else the worker's: on a developer's machine both are the same.</summary>
    public static string ReadOwner(IConfiguration configuration) =>
        ReadConnectionString(configuration, OwnerSetting) ?? ReadDatabase(configuration);

    /// <summary>The operators' connection if it is set, else the worker's.</summary>
    public static string ReadOperator(IConfiguration configuration) =>
        ReadConnectionString(configuration, OperatorSetting) ?? ReadDatabase(configuration);

    public static Uri ReadBroker(IConfiguration configuration)
    {
        const string example = "amqp://guest:guest@127.0.0.1:5672/";
        var text = configuration[BrokerSetting];
        if (string.IsNullOrWhiteSpace(text))
        {
            throw SettingException.Missing(BrokerSetting, example);
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && IsUsable(uri)
            ? uri
            : throw new SettingException($"{BrokerSetting} is not an AMQP URI. Set it as in {Variable(BrokerSetting)}={example}");
    }

    /// <summary>What the client refuses it refuses with the whole address, and that holds the password.</summary>
    private static bool IsUsable(Uri broker)
    {
        try
        {
            _ = new BrokerConnectionFactory(broker);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    internal static string Variable(string setting) => setting.Replace(":", "__", StringComparison.Ordinal);

    private static string? ReadConnectionString(IConfiguration configuration, string setting)
    {
        var text = configuration[setting];
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        try
        {
            var builder = new Npgsql.NpgsqlConnectionStringBuilder(text);
            return builder.Multiplexing
                ? throw new SettingException($"{setting} sets Multiplexing=true, which CaseWorker cannot use: locks, roles and notifications belong to one session. Remove it.")
                : builder.ConnectionString;
        }
        catch (ArgumentException error)
        {
            throw new SettingException($"{setting} is no Npgsql connection string ({error.Message}). Example: Host=127.0.0.1;Database=caseworker;Username=caseworker;Password=…");
        }
    }
}

/// <summary>A setting that must be changed before the program can work. The message says which and to what.</summary>
internal sealed class SettingException(string message) : Exception(message)
{
    public static SettingException Missing(string setting, string example) =>
        new($"{setting} is not set. Set the environment variable {ConnectionSettings.Variable(setting)}, for example\n  export {ConnectionSettings.Variable(setting)}=\"{example}\"");
}
