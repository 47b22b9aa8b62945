using System.Runtime.InteropServices;
using Collectives.Transport.Handshake;
using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Faults;

/// <summary>Hostile bytes on a member's port, while its link to an honest one carries letters without a break.</summary>
[Collection("alone")]
public sealed class StrangersTests
{
    private const int TestLimitMs = 120_000, HandshakeMs = 1500;

    /// <summary>What a member holds of callers that have not proved themselves.</summary>
    private const int Places = 128;

    [Fact(Timeout = TestLimitMs)]
    public Task WhoSaysNothingCostsABoundedNumberOfDescriptors() => Task.Run(() => Undisturbed((pair, port) =>
    {
        const int idle = 400;
        int before = Resources.Descriptors;
        Stranger[] strangers = [.. Enumerable.Range(0, idle).Select(_ => Stranger.At(port))];
        long Refused() => Volatile.Read(ref pair.Second.Network.Counters.ConnectionsRefused);
        Assert.True(SpinWait.SpinUntil(() => Refused() >= idle - Places, TimeSpan.FromSeconds(30)), $"only {Refused()} of {idle} connections were refused");
        Assert.InRange(Resources.Descriptors - before, idle, idle + Places);
        foreach (Stranger stranger in strangers)
        {
            stranger.ExpectClosed();
            stranger.Dispose();
        }
    }));

    [Fact(Timeout = TestLimitMs)]
    public Task WhoSaysNonsenseIsCut() => Task.Run(() => Undisturbed((_, port) =>
    {
        Random random = new(11);
        for (int i = 0; i < 150; i++)
        {
            byte[] bytes = new byte[random.Next(1, 600)];
            random.NextBytes(bytes);
            // A third goes on behind a right beginning, and a third claims the largest of all lengths.
            if (i % 3 == 1) "COLL\u0001\0\u0002\0"u8[..Math.Min(8, bytes.Length)].CopyTo(bytes);
            if (i % 3 == 2) Array.Fill(bytes, (byte)0xFF);
            using Stranger stranger = Stranger.At(port);
            stranger.TrySend(bytes);
            // Shorter than a hello, it is waited for until the deadline, or goes first.
            if (bytes.Length >= Hello.ByteCount) stranger.ExpectClosed();
        }
    }));

    [Fact(Timeout = TestLimitMs)]
    public Task WhoIsTooSlowIsCut() => Task.Run(() => Undisturbed((_, port) =>
    {
        byte[] hello = new byte[Hello.ByteCount];
        ToSecond().Write(hello);
        using Stranger mute = Stranger.At(port), half = Stranger.At(port), proofless = Stranger.At(port), trickle = Stranger.At(port);
        half.TrySend(hello.AsSpan(0, 40));
        proofless.TrySend(hello);
        // A byte now and then does not buy more time.
        int sent = 0;
        while (sent < hello.Length && trickle.TrySend(hello.AsSpan(sent, 1)))
        {
            sent++;
            Thread.Sleep(HandshakeMs / 20);
        }

        Assert.InRange(sent, 1, hello.Length - 1);
        foreach (Stranger slow in new[] { mute, half, proofless }) slow.ExpectClosed();
    }));

    [Theory(Timeout = TestLimitMs)]
    [InlineData(RefusalCode.Version)]
    [InlineData(RefusalCode.Purpose)]
    [InlineData(RefusalCode.Malformed)]
    [InlineData(RefusalCode.WrongPeer)]
    [InlineData(RefusalCode.Group)]
    [InlineData(RefusalCode.TryAgain)]
    public Task WhoHasNoBusinessThereIsTold(RefusalCode refusal) => Task.Run(() => Undisturbed((_, port) =>
    {
        Hello hello = ToSecond();
        switch (refusal)
        {
            case RefusalCode.Version: hello.Version = 2; break;
            case RefusalCode.Purpose: hello.Purpose = HandshakePurpose.CoordinatorSession; break;
            case RefusalCode.Malformed: (hello.Member, hello.Lanes) = (Pair.Id(1), 3); break; // the link has one lane
            case RefusalCode.WrongPeer: hello.Peer = Pair.Id(7); break;
            case RefusalCode.Group: hello.Group = 5; break;
            case RefusalCode.TryAgain: hello.Member = Pair.Id(77); break; // of no roster that is known there
        }

        for (int i = 0; i < 20; i++)
        {
            using Stranger stranger = Stranger.At(port);
            hello.Nonce = Nonce.Draw();
            Assert.Equal(refusal, stranger.Shake(hello, Member.Token).Refusal);
            stranger.ExpectClosed();
        }
    }));

    [Fact(Timeout = TestLimitMs)]
    public Task WhoGuessesAProofIsToldThatItIsWrong() => Task.Run(() => Undisturbed((_, port) =>
    {
        Random random = new(14);
        byte[] hello = new byte[Hello.ByteCount];
        for (int i = 0; i < 50; i++)
        {
            using Stranger stranger = Stranger.At(port);
            // In the other member's name.
            (ToSecond() with { Member = Pair.Id(1) }).Write(hello);
            stranger.TrySend(hello);
            stranger.Read(Challenge.ByteCount);
            stranger.TrySend(RandomBytes(random, TokenProof.ByteCount));
            Assert.True(Welcome.TryRead(stranger.Read(Welcome.ByteCount), out Welcome welcome));
            Assert.Equal(RefusalCode.Token, welcome.Refusal);
            stranger.ExpectClosed();
        }
    }));

    [Fact(Timeout = TestLimitMs)]
    public Task AMemberThatSendsNonsenseCostsItsOwnLaneOnly() => Task.Run(() => Undisturbed((pair, port) =>
    {
        Random random = new(12);
        MemberId nasty = Pair.Id(0x10) with { High = 0 };
        ILink link = pair.Second.OnLoop(() => pair.Second.Network.Open(nasty, "127.0.0.1", 1));
        byte[][] nonsense = [RandomBytes(random, 64), RandomBytes(random, 20_000), .. Frames().Select(Bytes)];
        foreach (byte[] bytes in nonsense)
        {
            using Stranger insider = Stranger.At(port);
            Assert.Equal(HandshakeStep.Established, insider.Shake(ToSecond() with { Member = nasty }, Member.Token).Step);
            insider.TrySend(bytes);
            insider.ExpectClosed();
        }

        // In the middle of a header, of a payload, and after lies about what was received, it goes.
        FrameHeader half = Header(5, 1000);
        FrameHeader liar = Header(6, 0);
        liar.Received = 4_000_000_000;
        foreach (byte[] bytes in new[] { Bytes(half)[..30], [.. Bytes(half), .. new byte[500]], Bytes(liar) })
        {
            using Stranger insider = Stranger.At(port);
            Assert.Equal(HandshakeStep.Established, insider.Shake(ToSecond() with { Member = nasty }, Member.Token).Step);
            Assert.True(insider.TrySend(bytes));
        }

        pair.Second.Until(() => !link.IsConnected, "the last of them is gone");
        pair.Second.OnLoop(() => pair.Second.Network.Close(link));
    }));

    [Fact(Timeout = TestLimitMs)]
    public Task WhoTakesALaneOverDoesNotKeepIt() => Task.Run(() => Undisturbed((pair, port) =>
    {
        Random random = new(13);
        for (int i = 0; i < 10; i++)
        {
            // With the token, it can claim to be the other member; what the lane carried is sent again on a new one.
            using Stranger thief = Stranger.At(port);
            Assert.Equal(HandshakeStep.Established, thief.Shake(ToSecond() with { Member = Pair.Id(1) }, Member.Token).Step);
            thief.TrySend(RandomBytes(random, 500));
            thief.ExpectClosed();
            pair.First.Until(() => pair.ToSecond.IsConnected, "the lane is back");
        }
    }, lanesHold: false));

    /// <summary>Runs the attack while letters go both ways; nothing of it is left at the end.</summary>
    private static void Undisturbed(Action<Pair, int> attack, bool lanesHold = true)
    {
        using Pair pair = Pair.OverTcp(new LaneSettings { HandshakeMs = HandshakeMs, ReconnectMs = 60_000 }).UntilUp();
        Traffic traffic = new(pair);
        int descriptors = Resources.Descriptors;
        long managed = Resources.ManagedBytes, native = Resources.NativeBytes - traffic.PoolBytes;
        traffic.Start();
        attack(pair, pair.Second.Network.Port);
        traffic.Stop();

        Assert.True(SpinWait.SpinUntil(() => Resources.Descriptors <= descriptors, TimeSpan.FromSeconds(30)),
            $"{Resources.Descriptors} descriptors are open, {descriptors} were before");
        // The runtime's own compiling and collecting is in these, and some megabytes.
        Assert.InRange(Resources.ManagedBytes - managed, long.MinValue, 16 << 20);
        Assert.InRange(Resources.NativeBytes - traffic.PoolBytes - native, long.MinValue, 16 << 20);
        if (lanesHold) Assert.Equal(0, pair.First.OnLoop(() => pair.First.Postbox.Downs));
    }

    private static Hello ToSecond() => Hello.ToPeer(0, 0, Pair.Id(9), Pair.Id(2), 0, 1);

    private static byte[] RandomBytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Headers that cost their lane, each for a reason of its own.</summary>
    private static IEnumerable<FrameHeader> Frames()
    {
        FrameHeader header = Header(1, 0);
        header.Magic++;
        yield return header;
        header = Header(2, 0);
        header.Checksum++;
        yield return header;
        yield return Header(3, FrameHeader.MaxPayload + 1u);
        yield return Header(4, uint.MaxValue);
        header = Header(5, 0);
        header.Kind = (FrameKind)77;
        header.Seal();
        yield return header;
    }

    private static FrameHeader Header(ulong number, uint length)
    {
        FrameHeader header = new() { Kind = FrameKind.Segment, Operation = number, Length = length };
        header.Seal();
        return header;
    }

    private static byte[] Bytes(FrameHeader header) => MemoryMarshal.AsBytes(new ReadOnlySpan<FrameHeader>(in header)).ToArray();
}
