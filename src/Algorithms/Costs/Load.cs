namespace Collectives.Algorithms.Costs;

/// <summary>What one call has links and members do: bytes on each link, and seconds of each member's processor.</summary>
internal sealed class Load(LinkModel links, MachineModel machine)
{
    private readonly int _world = links.World;
    private readonly double[] _bytes = new double[links.World * links.World];
    private readonly double[] _work = new double[links.World];
    // The first byte can be on the link after so long, and the last one has so far to go from there.
    private readonly double[] _begin = Filled(links.World * links.World);
    private readonly double[] _tail = Filled(links.World * links.World);

    /// <summary>A block goes over a link.</summary>
    /// <param name="begin">When its first segment can leave.</param>
    /// <param name="tail">How long its last segment is under way from the other end on.</param>
    public void Send(int from, int to, double bytes, double frames, double begin, double tail)
    {
        int at = from * _world + to;
        _bytes[at] += bytes;
        _begin[at] = Math.Min(_begin[at], begin);
        _tail[at] = Math.Min(_tail[at], tail);
        _work[from] += frames * machine.SendFrame + bytes * machine.SendByte;
        _work[to] += frames * machine.ReceiveFrame + bytes * machine.ReceiveByte;
    }

    public void Reduce(int member, double bytes, bool isSpilled) =>
        _work[member] += bytes * (machine.ReduceByte + (isSpilled ? machine.SpilledByte : 0));

    /// <summary>The most that any member sends.</summary>
    public double MostSent()
    {
        double most = 0;
        for (int from = 0; from < _world; from++)
        {
            double sent = 0;
            for (int to = 0; to < _world; to++) sent += _bytes[from * _world + to];
            most = Math.Max(most, sent);
        }

        return most;
    }

    /// <summary>Until the link that is busy the longest has carried all.</summary>
    public double LinkSeconds()
    {
        double longest = 0;
        for (int from = 0; from < _world; from++)
        {
            for (int to = 0; to < _world; to++)
            {
                int at = from * _world + to;
                if (_bytes[at] == 0) continue;
                longest = Math.Max(longest, _begin[at] + _bytes[at] / LinkSpeed.BytesPerSecond(links, machine, from, to) + _tail[at]);
            }
        }

        return longest;
    }

    /// <summary>The same for the network card of a host: its near links share it, in each direction.</summary>
    public double CardSeconds()
    {
        double longest = 0;
        var hosts = new Dictionary<int, (double Out, double In)>();
        for (int from = 0; from < _world; from++)
        {
            for (int to = 0; to < _world; to++)
            {
                if (links.ShareHost(from, to) || links.IsFar(from, to)) continue;
                Add(links.HostOf(from), _bytes[from * _world + to], 0);
                Add(links.HostOf(to), 0, _bytes[from * _world + to]);
            }
        }

        return longest;

        void Add(int host, double sent, double received)
        {
            (double Out, double In) all = hosts.GetValueOrDefault(host);
            hosts[host] = all = (all.Out + sent, all.In + received);
            longest = Math.Max(longest, Math.Max(all.Out, all.In) / machine.NearBytesPerSecond);
        }
    }

    /// <summary>Members of one host share its processors, and one member does not use more than one.</summary>
    public double ProcessorSeconds()
    {
        double longest = 0;
        for (int member = 0; member < _world; member++)
        {
            double together = 0;
            for (int other = 0; other < _world; other++)
                if (links.ShareHost(member, other)) together += _work[other];
            longest = Math.Max(longest, Math.Max(_work[member], together / machine.Processors));
        }

        return longest;
    }

    private static double[] Filled(int count)
    {
        var values = new double[count];
        Array.Fill(values, double.PositiveInfinity);
        return values;
    }
}
