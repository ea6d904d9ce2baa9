using System.Security.Cryptography;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>The table <c>api_keys</c>. The worker may only read it; keys are made and revoked as the schema's owner.</summary>
internal sealed class ApiKeyTable(NpgsqlDataSource database)
{
    /// <summary>Null if the text is not a key, or the key is unknown or revoked.</summary>
    public async Task<ApiKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (ApiKey.IdOf(text) is not { } id)
        {
            return null;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var found = await connection.ListAsync(
            "SELECT id, name, scope, hash FROM api_keys WHERE id = $1 AND revoked_at IS NULL",
            [id],
            row => (Key: new ApiKey(row.GetString(0), row.GetString(1), row.GetString(2)), Hash: row.GetFieldValue<byte[]>(3)),
            cancellationToken);
        return found is [var one] && CryptographicOperations.FixedTimeEquals(one.Hash, ApiKey.HashOf(text)) ? one.Key : null;
    }

    /// <summary>Whether there is a key that can be used.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.AskAsync<bool>("SELECT EXISTS (SELECT FROM api_keys WHERE revoked_at IS NULL)", [], cancellationToken);
    }

    /// <summary>Whether a key that was used to sign in is still good.</summary>
    public async Task<bool> IsGoodAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.AskAsync<bool>("SELECT EXISTS (SELECT FROM api_keys WHERE id = $1 AND revoked_at IS NULL)", [id], cancellationToken);
    }

    /// <summary>Makes a key, and says so in the audit.</summary>
    /// <returns>The key's text, which cannot be had again.</returns>
    public async Task<string> CreateAsync(string name, string scope, CancellationToken cancellationToken)
    {
        var (id, text) = ApiKey.New();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(
            """
            WITH made AS (INSERT INTO api_keys (id, name, scope, hash) VALUES ($1, $2, $3, $4) RETURNING id, name, scope)
            INSERT INTO operator_audit (operator, action, result) SELECT $5, 'key-create', format('key %s of %s: %s', id, name, scope) FROM made
            """,
            [id, name, scope, ApiKey.HashOf(text), Environment.UserName],
            cancellationToken);
        return text;
    }

    /// <summary>Makes a key useless, and says so in the audit.</summary>
    /// <returns>False if there is no such key, or it was revoked before.</returns>
    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(
            """
            WITH revoked AS (UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = $1 AND revoked_at IS NULL RETURNING id, name)
            INSERT INTO operator_audit (operator, action, result) SELECT $2, 'key-revoke', format('key %s of %s', id, name) FROM revoked
            """,
            [id, Environment.UserName],
            cancellationToken) > 0;
    }

    public async Task<IReadOnlyList<ApiKeyRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ListAsync(
            "SELECT id, name, scope, created_at, revoked_at FROM api_keys ORDER BY created_at, id",
            [],
            row => new ApiKeyRow(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.GetFieldValue<DateTimeOffset>(3),
                row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4)),
            cancellationToken);
    }
}

/// <summary>A key as people see it.</summary>
internal sealed record ApiKeyRow(string Id, string Name, string Scope, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);
