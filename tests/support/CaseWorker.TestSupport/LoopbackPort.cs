using System.Net;
using System.Net.Sockets;

namespace CaseWorker.TestSupport;

/// <summary>Ports for servers of a test.</summary>
internal static class LoopbackPort
{
    /// <summary>A port that is free now.</summary>
    public static int FindFree()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
