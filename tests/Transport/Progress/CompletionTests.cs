using Collectives.Transport.Progress;

namespace Collectives.Transport.Tests.Progress;

public sealed class CompletionTests
{
    [Fact]
    public void ADescriptorIsReadableFromTheEndOn()
    {
        using Completion completion = new();
        int descriptor = completion.Descriptor();
        Assert.False(IsReadable(descriptor));
        completion.End();
        Assert.True(IsReadable(descriptor));
    }

    [Fact]
    public void OneThatIsAskedForAfterTheEndIsReadable()
    {
        using Completion completion = new();
        completion.End();
        Assert.True(IsReadable(completion.Descriptor()));
    }

    /// <summary>A waiter that has seen the end closes its descriptor at once; the next one often gets the same number.</summary>
    [Fact]
    public void WhoEndsItTouchesNoDescriptorThatIsMadeAfterwards()
    {
        const int Rounds = 20_000;
        Completion current = new();
        current.Descriptor();
        using Barrier barrier = new(2);
        var ender = new Thread(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                barrier.SignalAndWait();
                current.End();
                barrier.SignalAndWait();
            }
        });
        ender.Start();
        int touched = 0;
        for (int round = 0; round < Rounds; round++)
        {
            barrier.SignalAndWait();
            SpinWait spin = default;
            while (!current.HasEnded) spin.SpinOnce(sleep1Threshold: -1);
            current.Dispose();
            Completion next = new();
            int descriptor = next.Descriptor();
            barrier.SignalAndWait();
            if (IsReadable(descriptor)) touched++;
            current = next;
        }

        ender.Join();
        current.Dispose();
        Assert.Equal(0, touched);
    }

    private static bool IsReadable(int descriptor) =>
        File.ReadLines($"/proc/self/fdinfo/{descriptor}").Any(line => line.StartsWith("eventfd-count:", StringComparison.Ordinal) && line[14..].Trim() != "0");
}
