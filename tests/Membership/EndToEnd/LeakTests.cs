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
        (int Descriptors, int Own) before = Count();
        for (int i = 0; i < 100; i++) await Cycle();
        Assert.Equal(before, Count());
    }

    private static async Task Cycle()
    {
        using CoordinatorServer server = Coordinators.Start();
        using Member a = Member.Join($"127.0.0.1:{server.Port}", 2), b = Member.Join($"127.0.0.1:{server.Port}", 2);
        await Task.WhenAll(a.BecomeActive(), b.BecomeActive());
    }

    /// <summary>The process's descriptors, and its threads of ours: the runtime's pool comes and goes as it likes.</summary>
    private static (int Descriptors, int Own) Count()
    {
        int own = Directory.GetDirectories($"/proc/{Environment.ProcessId}/task")
            .Count(task => File.ReadAllText(task + "/comm").StartsWith("coll-", StringComparison.Ordinal));
        return (Directory.GetFileSystemEntries("/proc/self/fd").Length, own);
    }
}
