using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;
using Collectives.Transport.Tests.Faults;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Tcp;

/// <summary>Two members, each of which may be somewhere else than where the other looks for it.</summary>
internal class Two : IDisposable
{
    /// <summary>Nobody listens at it.</summary>
    public const int ClosedPort = 1;

    private readonly int? _portOfFirst, _portOfSecond;
    private ulong _next = 1;

    public Two(LaneSettings settings, int? portOfFirst = null, int? portOfSecond = null, Member? first = null, Member? second = null)
    {
        (_portOfFirst, _portOfSecond) = (portOfFirst, portOfSecond);
        First = first ?? Member.OverTcp(Pair.Id(1), settings);
        Second = second ?? Member.OverTcp(Pair.Id(2), settings);
        foreach (Postbox postbox in Ends.Select(member => member.Postbox))
        {
            postbox.SizeOf = number => 1 + Letters.SizeOf(number);
            postbox.OnPlace = (_, header) => postbox.Arrived.ContainsKey(header.Operation) ? Placement.Discard : null;
        }

        Open();
    }

    public Member First { get; }
    public Member Second { get; }
    public Member[] Ends => [First, Second];
    public TcpLink ToSecond { get; private set; } = null!;
    public TcpLink ToFirst { get; private set; } = null!;

    /// <summary>Both ends have all lanes, and they last.</summary>
    public void UntilUp(int lanes)
    {
        First.Until(() => ToSecond.IsUp && First.Network.Counters.OpenLanes == lanes, "the first end is up");
        Second.Until(() => ToFirst.IsUp && Second.Network.Counters.OpenLanes == lanes, "the second end is up");
    }

    public void Exchange(int letters)
    {
        ulong next = _next += 1000;
        First.OnLoop(() => First.Postbox.Send(ToSecond, next, letters));
        Second.OnLoop(() => Second.Postbox.Send(ToFirst, next, letters));
        foreach (Member member in Ends)
        {
            member.Until(() => Enumerable.Range(0, letters).All(i => member.Postbox.Arrived.ContainsKey(next + (ulong)i)), "letters arrive");
            member.CheckBooks();
        }
    }

    /// <summary>A new link at both ends, or at one whose former connections the other one still has.</summary>
    public void OpenAgain(bool both)
    {
        First.OnLoop(() => First.Network.Close(ToSecond));
        if (both) Second.OnLoop(() => Second.Network.Close(ToFirst));
        Open();
    }

    public virtual void Dispose()
    {
        foreach (Member member in Ends) member.Dispose();
    }

    private void Open()
    {
        ToSecond = (TcpLink)First.Open(Second, _portOfSecond);
        ToFirst = (TcpLink)Second.Open(First, _portOfFirst);
    }
}
