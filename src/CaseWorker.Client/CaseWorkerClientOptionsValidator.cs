using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client;

/// <summary>Rejects invalid options when the application starts.</summary>
internal sealed class CaseWorkerClientOptionsValidator : IValidateOptions<CaseWorkerClientOptions>
{
    private const string Example = "amqp://user:password@127.0.0.1:5672/";

    public ValidateOptionsResult Validate(string? name, CaseWorkerClientOptions options)
    {
        var errors = Errors(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Errors(CaseWorkerClientOptions options)
    {
        // The message leaves out the address: it contains a password.
        if (options.Broker is null)
        {
            yield return $"CaseWorkerClientOptions.Broker is not set; set it to the broker's address, for example {Example}.";
        }
        else if (!IsAmqp(options.Broker))
        {
            yield return $"CaseWorkerClientOptions.Broker is not an AMQP address; set it as in {Example}, or with amqps://. The path is at most one virtual host, with %2F for a slash in its name.";
        }

        if (options.Slots is < 1 or > CaseTopology.SlotCount)
        {
            yield return FormattableString.Invariant($"CaseWorkerClientOptions.Slots is {options.Slots}; set it to the worker's number, 1 to {CaseTopology.SlotCount} (64 in production).");
        }

        if (options.PublishTimeout < TimeSpan.FromSeconds(1) || options.PublishTimeout > TimeSpan.FromMinutes(5))
        {
            yield return FormattableString.Invariant($"CaseWorkerClientOptions.PublishTimeout is {options.PublishTimeout:c}; set it to 00:00:01 to 00:05:00.");
        }

        if (options.MaxOutstandingCommands is < 1 or > 100_000)
        {
            yield return FormattableString.Invariant($"CaseWorkerClientOptions.MaxOutstandingCommands is {options.MaxOutstandingCommands}; set it to 1 to 100000.");
        }

        if (options.MaxOutstandingBytes is < 1_048_576 or > 1_073_741_824)
        {
            yield return FormattableString.Invariant($"CaseWorkerClientOptions.MaxOutstandingBytes is {options.MaxOutstandingBytes}; set it to 1048576 to 1073741824.");
        }

        if (options.Api is { } api && !(api.IsAbsoluteUri && api.Scheme is "http" or "https"))
        {
            yield return "CaseWorkerClientOptions.Api is not an HTTP address; set it to where the worker serves its API, for example https://caseworker.example.org/.";
        }

        // A key goes into a header. The message leaves it out.
        if (options.ApiKey is { } key && (key.Length == 0 || key.Any(character => character is <= ' ' or > '~')))
        {
            yield return "CaseWorkerClientOptions.ApiKey is not a key; set it to one that caseworker key create has made, without spaces or line breaks.";
        }
    }

    private static bool IsAmqp(Uri address)
    {
        try
        {
            return address.IsAbsoluteUri && new BrokerConnectionFactory(address).Hosts.Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
