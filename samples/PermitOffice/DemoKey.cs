using CaseWorker.Configuration;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Builder;
using Npgsql;

namespace PermitOffice;

/// <summary>A key for the page for operators, good as long as the demo runs.</summary>
internal sealed class DemoKey : IAsyncDisposable
{
    private readonly NpgsqlDataSource owner;

    private DemoKey(NpgsqlDataSource owner, string page, string? text) => (this.owner, Page, Text) = (owner, page, text);

    /// <summary>Where the page for operators is.</summary>
    public string Page { get; }

    /// <summary>The key; null if the demo may not make one.</summary>
    public string? Text { get; }

    /// <summary>Says where the page is and how to come in, where the demo may make a key.</summary>
    public static async Task<DemoKey> TellAsync(WebApplication worker, CancellationToken cancellationToken)
    {
        var owner = NpgsqlDataSource.Create(ConnectionSettings.ReadOwner(worker.Configuration));
        var page = $"{worker.Urls.First()}/ops";
        string? text = null;
        try
        {
            text = await new ApiKeyTable(owner).CreateAsync("demo", AccessScope.Operator, cancellationToken);
            Console.WriteLine($"The page for operators, while the demo runs: {page}");
            Console.WriteLine($"Sign in with this key: {text}");
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            Console.WriteLine($"The page for operators is at {page}. A key for it is made by the schema's owner: set {ConnectionSettings.Variable(ConnectionSettings.OwnerSetting)}.");
        }

        return new DemoKey(owner, page, text);
    }

    public async ValueTask DisposeAsync()
    {
        if (Text is not null)
        {
            await new ApiKeyTable(owner).RevokeAsync(ApiKey.IdOf(Text)!, CancellationToken.None);
        }

        await owner.DisposeAsync();
    }
}
