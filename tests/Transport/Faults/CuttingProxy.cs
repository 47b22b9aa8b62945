using System.Net;
using System.Net.Sockets;

namespace Collectives.Transport.Tests.Faults;

/// <summary>
/// Stands in front of a member's port, passes connections on, and cuts each of them where its plan says. It knows
/// the wire, so a plan names a frame and a place in it, whatever sizes the frames turn out to have.
/// </summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly Socket _listener;
    private readonly IPEndPoint _target;
    private readonly Func<int, Cut?> _planOf;
    private readonly List<Passage> _passages = [];
    private readonly Thread _thread;
    private volatile bool _isSilent;

    /// <param name="planOf">The cut of a connection, by its number from 0; none: it passes whole.</param>
    public CuttingProxy(IPAddress address, int port, Func<int, Cut?> planOf)
    {
        _target = new IPEndPoint(address, port);
        _planOf = planOf;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, 0));
        _listener.Listen(64);
        _thread = new Thread(Accept) { IsBackground = true };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>From now on connections are taken and nothing is passed on, as by a host that hangs.</summary>
    public bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value;
    }

    public IReadOnlyList<Passage> Passages
    {
        get
        {
            lock (_passages) return [.. _passages];
        }
    }

    public int Cuts => Passages.Count(passage => passage.WasCut);

    public void Dispose()
    {
        Passage.Close(_listener);
        _thread.Join();
        foreach (Passage passage in Passages) passage.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                Socket dialer = _listener.Accept();
                bool silent = _isSilent;
                lock (_passages) _passages.Add(new Passage(dialer, silent ? null : _target, _planOf(_passages.Count)));
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
