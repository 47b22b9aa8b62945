using System.Collections.Immutable;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Messages;

/// <summary>The bytes of docs/wire.md, and what readers do with bytes that are none of ours.</summary>
public sealed class ControlFrameTests
{
    private static readonly MemberId s_id = new(0x0807060504030201, 0x100F0E0D0C0B0A09);
    private const string IdBytes = "0102030405060708090a0b0c0d0e0f10";

    public static TheoryData<ControlMessage, string> Golden => new()
    {
        { Heartbeat.Instance, "00000000" + "0100" + "0000" },
        {
            new Register(3, 500, RegisterFlags.StandsStill, 6, 7, 5, 2, "ab", 4000),
            "30000000" + "1000" + "0000" + "03000000" + "f4010000" + "0100000000000000" + "0600000000000000" + "0700000000000000" + "0500000000000000" + "0200" + "a00f" + "0200" + "6162"
        },
        { new Ready(7), "0c000000" + "1100" + "0000" + "0700000000000000" + "00000000" },
        { new Ready(7, [new PeerRoundTrip(s_id, 9)]), "20000000" + "1100" + "0000" + "0700000000000000" + "01000000" + IdBytes + "09000000" },
        { new Probe(7, s_id, 500), "1c000000" + "8d00" + "0000" + "0700000000000000" + IdBytes + "f4010000" },
        { new Probed(7, 8, 9), "14000000" + "1a00" + "0000" + "0700000000000000" + "0800000000000000" + "09000000" },
        { new Unreachable(7, s_id, "x", IsUp: true), "1c000000" + "1200" + "0000" + "0700000000000000" + IdBytes + "01" + "0100" + "78" },
        { new Relay(7, s_id, s_id, s_id), "38000000" + "8c00" + "0000" + "0700000000000000" + IdBytes + IdBytes + IdBytes },
        { new Update(7, 9, 2), "18000000" + "1300" + "0000" + "0700000000000000" + "0900000000000000" + "0200000000000000" },
        { Leave.Instance, "00000000" + "1400" + "0000" },
        {
            new Report(
                [new LinkReport(s_id, 2, 9, 10, 11, 12, "bbr")],
                [new OperationReport(7, 0x8000000500000001, 64, 32, 1000, s_id, "ab", "c")],
                new WorkReport(13, 14)),
            "86000000" + "2000" + "0000" + "0d00000000000000" + "0e00000000000000"
                + "01000000" + IdBytes + "0200" + "0900000000000000" + "0a00000000000000" + "0b000000" + "0c00000000000000" + "0300" + "626272"
                + "01000000" + "0700000000000000" + "0100000005000080" + "4000000000000000" + "2000000000000000" + "e8030000" + IdBytes + "0200" + "6162" + "0100" + "63"
        },
        { new Registered(3000, 7), "0c000000" + "8000" + "0000" + "b80b0000" + "0700000000000000" },
        { new Waiting(1, 2), "08000000" + "8100" + "0000" + "01000000" + "02000000" },
        {
            new Form(new Roster(7, [new RosterMember(s_id, "::1", 4000)], 9), 10_000),
            "31000000" + "8200" + "0000" + "10270000" + "0700000000000000" + "0900000000000000" + "01000000" + IdBytes + "a00f" + "0300" + "3a3a31" + "0000"
        },
        {
            new Form(new Roster(7, [new RosterMember(s_id, "h", 1), new RosterMember(s_id, "h", 2)], 9) { Rings = [new RosterRing([1, 0], 3)] }, 10_000),
            "4a000000" + "8200" + "0000" + "10270000" + "0700000000000000" + "0900000000000000" + "02000000" + IdBytes + "0100" + "0100" + "68" + IdBytes + "0200" + "0100" + "68"
                + "0100" + "0300" + "01000000"
        },
        {
            new Late(8, new OperationName(7, 9), 8, LatePolicy.Proceed, 2, "x"),
            "28000000" + "1700" + "0000" + "0800000000000000" + "0700000000000000" + "0900000000000000" + "0800000000000000" + "02" + "02000000" + "0100" + "78"
        },
        { new Inquired(8, OperationProgress.NotBegun), "09000000" + "1800" + "0000" + "0800000000000000" + "04" },
        { new Links([(s_id, true)]), "15000000" + "1900" + "0000" + "01000000" + IdBytes + "01" },
        { new Inquire(8, new OperationName(7, 9)), "18000000" + "8a00" + "0000" + "0800000000000000" + "0700000000000000" + "0900000000000000" },
        {
            new Ruling(8, new OperationName(7, 9), RulingOutcome.WithoutLate, [s_id], "x"),
            "30000000" + "8b00" + "0000" + "0800000000000000" + "0700000000000000" + "0900000000000000" + "03" + "01000000" + IdBytes + "0100" + "78"
        },
        { new Recall(7), "08000000" + "8900" + "0000" + "0700000000000000" },
        {
            new Recalled(new Roster(7, [new RosterMember(s_id, "h", 1)], 9), 6, true, null),
            "37000000" + "1600" + "0000" + "0700000000000000" + "0900000000000000" + "01000000" + IdBytes + "0100" + "0100" + "68" + "0000" + "0000" + "0600000000000000" + "01" + "00"
        },
        {
            new Recalled(new Roster(7, [], 9), 6, false, new Verdict(7, 6, [], [], [])),
            "3e000000" + "1600" + "0000" + "0700000000000000" + "0900000000000000" + "00000000" + "0000" + "0000" + "0600000000000000" + "00" + "01"
                + "0700000000000000" + "0600000000000000" + "00000000" + "00000000" + "00000000"
        },
        { new Activate(7), "0a000000" + "8300" + "0000" + "0700000000000000" + "0000" },
        {
            new Activate(7, LinkTable.Of(2, (_, _) => 20_400, (from, _) => from == 0 ? 1_234_567 : 0)),
            "10000000" + "8300" + "0000" + "0700000000000000" + "0200" + "1403" + "0c05" + "0000"
        },
        { new PendingChanged(2), "05000000" + "8400" + "0000" + "02000000" + "00" },
        { new PendingChanged(2, true), "05000000" + "8400" + "0000" + "02000000" + "01" },
        {
            new Settle(8, [new Loss(s_id, LossReason.Left, "x")]),
            "21000000" + "8500" + "0000" + "0800000000000000" + "01000000" + IdBytes + "0300" + "0100" + "78"
        },
        {
            new Settled(8, [new OperationState(new OperationName(7, 9), OperationProgress.GivenUp)]),
            "1d000000" + "1500" + "0000" + "0800000000000000" + "01000000" + "0700000000000000" + "0900000000000000" + "03"
        },
        {
            new Verdict(8, 7, [new Loss(s_id, LossReason.Silent, "")], [new OperationName(7, 9)], [new OperationName(6, 5), new OperationName(7, 8)]),
            "60000000" + "8800" + "0000" + "0800000000000000" + "0700000000000000" + "01000000" + IdBytes + "0200" + "0000"
                + "01000000" + "0700000000000000" + "0900000000000000"
                + "02000000" + "0600000000000000" + "0500000000000000" + "0700000000000000" + "0800000000000000"
        },
        { new Evicted(LossReason.Silent, "x"), "05000000" + "8600" + "0000" + "0200" + "0100" + "78" },
        { new Refused(RefusedCode.Mismatch, "x"), "05000000" + "8700" + "0000" + "0400" + "0100" + "78" },
        { new StatusPage(3, "{}"u8.ToArray()), "06000000" + "9000" + "0000" + "03000000" + "7b7d" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void EveryMessageHasTheDocumentedBytes(ControlMessage message, string bytes)
    {
        byte[] frame = ControlFrame.Encode(message);
        Assert.Equal(bytes, Convert.ToHexStringLower(frame));
        FrameReader reader = Read(frame, message.Kind < MessageKind.Registered);
        Assert.Equal(bytes, Convert.ToHexStringLower(ControlFrame.Encode(reader.Next()!)));
        Assert.Null(reader.Next());
        Assert.Null(reader.Problem);
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void APayloadThatIsTooShortOrTooLongIsNoMessage(ControlMessage message, string bytes)
    {
        byte[] payload = Convert.FromHexString(bytes)[ControlFrame.HeaderByteCount..];
        // A page's bytes end where the payload ends; all other messages know their length.
        int least = message is StatusPage ? 4 : payload.Length;
        for (int length = 0; length < least; length++)
            Assert.Null(ControlFrame.ReadPayload(message.Kind, payload.AsSpan(0, length)));
        if (message is not StatusPage) Assert.Null(ControlFrame.ReadPayload(message.Kind, [.. payload, 0]));
    }

    [Fact]
    public void TheLargestRosterFits()
    {
        string host = new('h', ControlMessage.MaxHostByteCount);
        ImmutableArray<RosterMember> members = [.. Enumerable.Range(1, Roster.MaxMembers).Select(i => new RosterMember(new MemberId((ulong)i, 0), host, 1))];
        var form = new Form(new Roster(1, members, 0), 1);
        byte[] frame = ControlFrame.Encode(form);
        Assert.True(frame.Length - ControlFrame.HeaderByteCount <= ControlFrame.MaxPayloadToMember);
        Assert.Equal(form, Read(frame, toCoordinator: false).Next());
    }

    [Theory]
    [InlineData("0100")] // one member has no links
    [InlineData("2100" + "0a00")] // more than a table can have
    [InlineData("0200" + "6400" + "0000" + "0000")] // three digits
    [InlineData("0200" + "0901" + "0000" + "0000")] // 90, not as it is written
    [InlineData("0200" + "0a11" + "0000" + "0000")] // beyond all that is measured
    public void ATableThatCannotBeWrittenIsNotRead(string table) =>
        Assert.Null(ControlFrame.ReadPayload(MessageKind.Activate, Convert.FromHexString("0700000000000000" + table)));

    [Fact]
    public void ATableOfOtherMembersIsNoneOfTheRoster()
    {
        Roster roster = new(7, [new RosterMember(s_id, "h", 1)], 9) { Links = LinkTable.Of(2, (_, _) => 1, (_, _) => 1) };
        byte[] frame = ControlFrame.Encode(new Recalled(roster, 6, false, null));
        Assert.Null(ControlFrame.ReadPayload(MessageKind.Recalled, frame.AsSpan(ControlFrame.HeaderByteCount)));
    }

    [Fact]
    public void TheLargestTableIsReadAsItWasWritten()
    {
        var table = LinkTable.Of(Roster.MaxRingWorld, (one, other) => 100 + one * 1000 + other, (from, to) => 1e6 * (from + 1) / (to + 1));
        var activate = new Activate(7, table);
        byte[] frame = ControlFrame.Encode(activate);
        Assert.Equal(8 + 2 + (496 + 992) * 2, frame.Length - ControlFrame.HeaderByteCount);
        Assert.Equal(activate, Read(frame, toCoordinator: false).Next());
    }

    [Fact]
    public void TheLongestSettlementFits()
    {
        var text = new string('t', 2 * ControlMessage.MaxTextByteCount);
        ImmutableArray<Loss> losses = [.. Enumerable.Range(1, Roster.MaxMembers).Select(i => new Loss(new MemberId((ulong)i, 0), LossReason.Silent, text))];
        ImmutableArray<OperationName> names = [.. Enumerable.Range(0, OperationName.MaxNamed).Select(i => new OperationName(1, (ulong)i))];
        ImmutableArray<OperationState> states = [.. names.Take(Settled.MaxStates).Select(name => new OperationState(name, OperationProgress.Whole))];
        byte[] verdict = ControlFrame.Encode(new Verdict(2, 1, losses, names, names));
        Assert.Equal(Roster.MaxMembers, Assert.IsType<Verdict>(Read(verdict, toCoordinator: false).Next()).Losses.Length);
        byte[] settled = ControlFrame.Encode(new Settled(2, states));
        Assert.Equal(states, Assert.IsType<Settled>(Read(settled, toCoordinator: true).Next()).States.AsEnumerable());
    }

    [Fact]
    public void TheLargestReportFits()
    {
        string words = new('w', 1000);
        var report = new Report(
            [.. Enumerable.Range(1, Report.MaxLinks).Select(i => new LinkReport(new MemberId((ulong)i, 0), 64, ulong.MaxValue, 0, 1, 0, words))],
            [.. Enumerable.Range(0, Report.MaxOperations).Select(i => new OperationReport(1, (ulong)i, 1, 1, 1, s_id, words, words))]);
        byte[] frame = ControlFrame.Encode(report);
        Assert.Equal(26392, Report.MaxPayload);
        Assert.Equal(Report.MaxPayload, frame.Length - ControlFrame.HeaderByteCount);
        var read = Assert.IsType<Report>(Read(frame, toCoordinator: true).Next());
        Assert.Equal(report.Links[^1] with { CongestionControl = words[..LinkReport.MaxControlByteCount] }, read.Links[^1]);
        Assert.Equal(words[..OperationReport.MaxProgressByteCount], read.Operations[^1].Progress);
    }

    [Theory]
    [InlineData(Report.MaxLinks + 1, 0)]
    [InlineData(0, Report.MaxOperations + 1)]
    public void AReportOfMoreThanItsBoundsIsRefused(int links, int operations)
    {
        var report = new Report(
            [.. Enumerable.Range(1, links).Select(i => new LinkReport(s_id, 1, 0, 0, 0, 0, ""))],
            [.. Enumerable.Range(0, operations).Select(i => new OperationReport(1, 1, 1, 1, 1, s_id, "", ""))]);
        Assert.Null(ControlFrame.ReadPayload(MessageKind.Report, ControlFrame.Encode(report).AsSpan(ControlFrame.HeaderByteCount)));
    }

    [Theory]
    [InlineData("ffffffff" + "1000" + "0000", true)]
    [InlineData("01000100" + "1000" + "0000", true)]
    [InlineData("01002000" + "8200" + "0000", false)]
    [InlineData("19670000" + "2000" + "0000", true)]
    [InlineData("00000000" + "2000" + "0000", false)]
    [InlineData("00000000" + "9000" + "0000", true)]
    [InlineData("00000000" + "8000" + "0000", true)]
    [InlineData("00000000" + "1000" + "0000", false)]
    [InlineData("00000000" + "0900" + "0000", true)]
    [InlineData("00000000" + "0100" + "0100", true)]
    public void AHeaderOutOfItsBoundsEndsTheStreamAndAllocatesNothing(string header, bool toCoordinator)
    {
        FrameReader reader = Read(Convert.FromHexString(header), toCoordinator);
        Assert.Null(reader.Next());
        Assert.NotNull(reader.Problem);
        Assert.True(reader.BufferByteCount <= 512);
    }

    [Fact]
    public void ACountBeyondThePayloadSizesNothing()
    {
        byte[] payload = [.. new byte[20], 0, 16, 0, 0, .. new byte[16]];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(ControlFrame.ReadPayload(MessageKind.Form, payload));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4096);
    }

    [Fact]
    public void TextWithControlCharactersIsRefusedAndNeverWritten()
    {
        Assert.Null(ControlFrame.ReadPayload(MessageKind.Refused, [1, 0, 2, 0, (byte)'a', (byte)'\n']));
        Assert.Null(ControlFrame.ReadPayload(MessageKind.Refused, [1, 0, 1, 0, 0xff]));
        var refused = Assert.IsType<Refused>(Read(ControlFrame.Encode(new Refused(RefusedCode.Protocol, "a\nb")), false).Next());
        Assert.Equal("a b", refused.Text);
        string cut = Assert.IsType<Refused>(Read(ControlFrame.Encode(new Refused(RefusedCode.Protocol, "x" + new string('ä', 2000))), false).Next()).Text;
        Assert.Equal("x" + new string('ä', 511), cut);
    }

    [Fact]
    public void RandomBytesAreSurvived()
    {
        var random = new Random(99);
        var payload = new byte[200];
        foreach (MessageKind kind in Enum.GetValues<MessageKind>())
        {
            for (int run = 0; run < 5000; run++)
            {
                random.NextBytes(payload);
                ControlFrame.ReadPayload(kind, payload.AsSpan(0, random.Next(payload.Length)));
            }
        }
    }

    private static FrameReader Read(byte[] bytes, bool toCoordinator)
    {
        var reader = new FrameReader(toCoordinator);
        for (int at = 0; at < bytes.Length;)
        {
            // In pieces, as a stream brings them.
            Span<byte> free = reader.Free();
            int piece = Math.Min(Math.Min(free.Length, 100), bytes.Length - at);
            bytes.AsSpan(at, piece).CopyTo(free);
            reader.Arrived(piece);
            at += piece;
        }

        return reader;
    }
}
