using Collectives.Membership.Server;

namespace Collectives.Membership.Tests.EndToEnd;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>What a coordinator and its sessions take from the process they give back.</summary>
[Collection("alone")]
public sealed class LeakTests
{
    [Fact(Timeout = 120_000)]
    public async Task DescriptorsAndThreadsAreTheSameAfterAHundredCycles()
    {
        for (int i = 0; i < 5; i++) await Cycle();
        string[] before = Descriptors();
        for (int i = 0; i < 100; i++) await Cycle();
        // Fewer are fine: what earlier tests left to the collector may have gone meanwhile. A file that the runtime reads of its own
        // accord (it looks at the machine's load) is open for a moment.
        Assert.True(SpinWait.SpinUntil(() => Descriptors().Length <= before.Length, TimeSpan.FromSeconds(20)),
            $"more than the {before.Length} descriptors before: {string.Join(", ", Descriptors().Except(before))}");
        // The kernel takes a thread off its list a little after Join has returned.
        Assert.True(SpinWait.SpinUntil(() => OwnThreads() == 0, TimeSpan.FromSeconds(20)), $"{OwnThreads()} threads of ours are left");
    }

    private static async Task Cycle()
    {
        using CoordinatorServer server = Coordinators.Start();
        using Member a = Member.Join($"127.0.0.1:{server.Port}", 2), b = Member.Join($"127.0.0.1:{server.Port}", 2);
        await Task.WhenAll(a.BecomeActive(), b.BecomeActive());
    }

    /// <summary>What they are: files, or sockets by their inodes. Not the runtime's own libraries, which it opens when it needs them.</summary>
    private static string[] Descriptors() =>
        [.. Directory.GetFileSystemEntries("/proc/self/fd").Select(entry => $"{Path.GetFileName(entry)} -> {new FileInfo(entry).LinkTarget}")
            .Where(descriptor => !descriptor.EndsWith(".dll", StringComparison.Ordinal))];

    /// <summary>Threads that bear our names; the runtime's pool comes and goes as it likes.</summary>
    private static int OwnThreads() => Directory.GetDirectories("/proc/self/task").Count(IsOurs);

    private static bool IsOurs(string task)
    {
        try
        {
            return File.ReadAllText(task + "/comm").StartsWith("coll-", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // ended between the listing and the look at it
        }
    }
}
