using System.Net;
using Collectives.Transport.InProcess;
using Collectives.Transport.Tcp;

namespace Collectives.Transport.Tests.Conformance;

/// <summary>Two members with a link between them; over TCP the first one dials.</summary>
internal sealed class Pair : IDisposable
{
    private Pair(Member first, Member second, int? portOfSecond, string host = "127.0.0.1")
    {
        (First, Second) = (first, second);
        ToSecond = first.Open(second, portOfSecond, host);
        ToFirst = second.Open(first, host: host);
    }

    public Member First { get; }
    public Member Second { get; }
    public ILink ToSecond { get; }
    public ILink ToFirst { get; }

    public static MemberId Id(ulong number) => new(number << 32, number);

    public static Pair OverTcp(LaneSettings lanes, int? portOfSecond = null, IPAddress? address = null, Member? second = null) => new(
        Member.OverTcp(Id(1), lanes, address), second ?? Member.OverTcp(Id(2), lanes, address), portOfSecond,
        (address ?? IPAddress.Loopback).ToString());

    public static Pair InProcess()
    {
        InProcessFabric fabric = new();
        return new Pair(Member.InProcess(Id(1), fabric), Member.InProcess(Id(2), fabric), null);
    }

    public Pair UntilUp()
    {
        First.Until(() => ToSecond.IsUp, "the first end is up");
        Second.Until(() => ToFirst.IsUp, "the second end is up");
        return this;
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
