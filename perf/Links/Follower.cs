using System.Globalization;

namespace Collectives.Perf.Links;

/// <summary>
/// The second process. It hears over its standard input which case comes next, says that it is ready, takes part,
/// and says how much processor time that took. It ends with its input, so it never outlives the first.
/// </summary>
internal static class Follower
{
    public static int Run(int[] ports, int segments, int pingPongs, int spinUs)
    {
        SegmentBuffers buffers = new();
        List<IContestant> contestants = Case.Contestants(buffers, leads: false, spinUs);
        List<Case> cases = Case.All(segments, pingPongs);
        Say(string.Join(' ', contestants.Select(contestant => contestant.Port)));
        for (int i = 0; i < contestants.Count; i++) contestants[i].Connect(leads: false, ports[i]);
        Say("connected");
        List<double> none = [];
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            Case next = cases[int.Parse(words[0], CultureInfo.InvariantCulture)];
            ulong run = ulong.Parse(words[1], CultureInfo.InvariantCulture);
            TimeSpan before = Environment.CpuUsage.TotalTime;
            contestants[next.Contestant].Run(next.Exchange, leads: false, run, none, () => Say("ready"));
            Say((Environment.CpuUsage.TotalTime - before).Ticks.ToString(CultureInfo.InvariantCulture));
            buffers.Check(next.Received(leads: false), next.Name);
        }

        contestants.ForEach(contestant => contestant.Dispose());
        return 0;
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
