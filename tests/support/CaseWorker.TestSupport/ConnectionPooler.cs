using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace CaseWorker.TestSupport;

/// <summary>PgBouncer in front of a test's database.</summary>
internal sealed class ConnectionPooler : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;

    private ConnectionPooler(Process process, string folder, string connection)
    {
        this.process = process;
        this.folder = folder;
        Connection = connection;
    }

    /// <summary>The worker's connection string through the pooler.</summary>
    public string Connection { get; }

    /// <param name="workspace">Its database.</param>
    /// <param name="mode"><c>transaction</c> or <c>session</c>.</param>
    public static async Task<ConnectionPooler> StartAsync(Workspace workspace, string mode)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"caseworker-pooler-{Guid.NewGuid():n}")).FullName;
        var server = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection);
        var port = LoopbackPort.FindFree();
        var file = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(
            file,
            $"""
            [databases]
            * = host=127.0.0.1 port={server.Port} user={server.Username} password={server.Password}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = {mode}
            ignore_startup_parameters = extra_float_digits
            """);

        // It refuses to run as root.
        string[] command = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", Programs.PgBouncer, file] : [Programs.PgBouncer, file];
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var pooler = new ConnectionPooler(process, folder, new NpgsqlConnectionStringBuilder(server.ConnectionString) { Host = "127.0.0.1", Port = port }.ConnectionString);
        await Eventually.HoldsAsync("PgBouncer to listen", () => ListensAsync(port));
        return pooler;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<bool> ListensAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
