using System.Net;
using System.Net.Sockets;
using System.Text;
using Collectives.Membership.Io;
using Collectives.Transport;
using Collectives.Transport.Handshake;

namespace Collectives.Membership.Session;

/// <summary>
/// One attempt at one coordinator: resolves its name, connects to each of its addresses until one takes it, and
/// shakes hands. Never blocks, except in the resolver.
/// </summary>
internal sealed class Dialer : IDisposable
{
    private readonly Queue<IPAddress> _untried;
    private readonly int _port;
    private readonly DialerHandshake _handshake;
    private readonly byte[] _received = new byte[Hello.ByteCount];
    private int _receivedCount;
    private bool _connected;

    public Dialer(string host, int port, string token, in Hello hello)
    {
        _port = port;
        _handshake = new DialerHandshake(Encoding.UTF8.GetBytes(token), hello);
        _untried = new Queue<IPAddress>(Resolve(host));
        ConnectNext();
    }

    /// <summary>The socket to wait for; null once the attempt has failed.</summary>
    public ControlConnection? Connection { get; private set; }

    /// <summary>Whether the socket's next step is to connect or to send.</summary>
    public bool WantsWrite => !_connected || Connection is { HasQueued: true };

    public bool IsOpen { get; private set; }

    public Fault Fault { get; private set; }

    /// <summary>Goes on as far as the socket lets it.</summary>
    public void Advance()
    {
        while (Connection is not null && !IsOpen)
        {
            if (!_connected && !FinishConnect()) continue;
            if (!_connected) return;
            Connection.Flush();
            int missing = _handshake.BytesExpected - _receivedCount;
            int received = Connection.Problem is null ? Connection.Receive(_received.AsSpan(_receivedCount, missing)) : 0;
            if (Connection.Problem is not null) Fail(new Fault(Status.Coordinator, Connection.Problem + " during the handshake"));
            else if (received == 0) return;
            else Take(received);
        }
    }

    /// <summary>The open connection, which is the caller's from now on.</summary>
    public ControlConnection Detach()
    {
        ControlConnection connection = Connection!;
        Connection = null;
        return connection;
    }

    public void Dispose() => Connection?.Dispose();

    private void Take(int received)
    {
        _receivedCount += received;
        if (_receivedCount < _handshake.BytesExpected) return;
        HandshakeStep step = _handshake.Receive(_received.AsSpan(0, _receivedCount));
        _receivedCount = 0;
        Connection!.Enqueue(_handshake.ToSend);
        if (step == HandshakeStep.Established) IsOpen = true;
        if (step == HandshakeStep.Failed)
            Fail(_handshake.Refusal == RefusalCode.TryAgain ? _handshake.Fault with { Status = Status.Coordinator } : _handshake.Fault);
    }

    /// <summary>False if this address failed and the next one is being tried.</summary>
    private bool FinishConnect()
    {
        Socket socket = Connection!.Socket;
        if (!socket.Poll(0, SelectMode.SelectWrite) && !socket.Poll(0, SelectMode.SelectError)) return true;
        var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error == SocketError.Success)
        {
            _connected = true;
            Connection.Enqueue(_handshake.ToSend);
            return true;
        }

        Fault = new Fault(Status.Coordinator, ControlConnection.Describe(error));
        Connection.Dispose();
        ConnectNext();
        return false;
    }

    private void ConnectNext()
    {
        Connection = null;
        while (_untried.TryDequeue(out IPAddress? address))
        {
            Socket? socket = null;
            try
            {
                socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                socket.Connect(new IPEndPoint(address, _port));
                Connection = new ControlConnection(socket);
                return;
            }
            catch (SocketException inProgress) when (inProgress.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                Connection = new ControlConnection(socket!);
                return;
            }
            catch (SocketException failed)
            {
                socket?.Dispose();
                Fault = new Fault(Status.Coordinator, ControlConnection.Describe(failed.SocketErrorCode));
            }
        }
    }

    private void Fail(Fault fault)
    {
        Fault = fault;
        Connection?.Dispose();
        Connection = null;
    }

    private IPAddress[] Resolve(string host)
    {
        try
        {
            IPAddress[] addresses = IPAddress.TryParse(host, out IPAddress? address) ? [address] : Dns.GetHostAddresses(host);
            if (addresses.Length == 0) Fault = new Fault(Status.Coordinator, $"the name {host} has no address");
            return addresses;
        }
        catch (SocketException unknown)
        {
            Fault = new Fault(Status.Coordinator, $"the name {host} cannot be resolved: {unknown.Message}");
            return [];
        }
    }
}
