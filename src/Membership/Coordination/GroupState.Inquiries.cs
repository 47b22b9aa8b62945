using Collectives.Membership.Messages;

namespace Collectives.Membership.Coordination;

/// <summary>Operations that have passed their deadline, one after the other. A loss ends the inquiry: its settlement covers all operations.</summary>
internal sealed partial class GroupState
{
    private const int MaxRemembered = 4096;

    private readonly Queue<Late> _late = new();

    // Numbers of past rulings: a member that has not heard of one yet may ask for the same operation once more.
    private readonly Dictionary<OperationName, ulong> _ruled = [];
    private Inquiry? _inquiry;

    /// <summary>Members stand still, and wait for a ruling.</summary>
    public bool IsInquiring => _inquiry is not null;

    public void Late(MemberState member, Late late, long now)
    {
        if (Active is null || Settling is not null || !IsActiveIn(late.Epoch) || !Active.Has(member.Id)) return;
        if (late.Policy > LatePolicy.Proceed || _ruled.GetValueOrDefault(late.Name) > late.Run) return;
        if (_inquiry?.Late.Name == late.Name || _late.Any(other => other.Name == late.Name) || _late.Count >= OperationName.MaxNamed) return;
        _late.Enqueue(late);
        Inquire(now);
    }

    public void Inquired(MemberState member, Inquired answer, long now)
    {
        if (_inquiry is null || Active?.Has(member.Id) != true) return;
        _inquiry.Answer(member.Id, answer.Number, answer.Progress);
        if (Active.Alive.All(_inquiry.HasAnswer)) Rule(now);
    }

    private void Inquire(long now)
    {
        if (_inquiry is not null || !_late.TryDequeue(out Late? late)) return;
        _inquiry = new Inquiry(++LastEpoch, late, now + rules.SettleMs);
        outputs.Note($"group {Group}: operation {late.Name.Number} of epoch {late.Name.Origin} has passed its deadline: {late.Text}");
        SendAll(Active!, _inquiry.Question);
    }

    private void Rule(long now)
    {
        Inquiry inquiry = _inquiry!;
        Ruling ruling = inquiry.Decide(LeavesTooFew);
        if (ruling.Outcome == RulingOutcome.WithoutLate && inquiry.Late.Policy == LatePolicy.Evict)
        {
            string text = $"it had not called operation {ruling.Name.Number} of epoch {ruling.Name.Origin} when its deadline had passed";
            Evict([.. ruling.LeftOut.Select(id => (id, text))], LossReason.Late, now);
            return;
        }

        _inquiry = null;
        if (_ruled.Count >= MaxRemembered) _ruled.Clear();
        _ruled[ruling.Name] = ruling.Number;
        outputs.Note($"group {Group}: operation {ruling.Name.Number} of epoch {ruling.Name.Origin}: {ruling.Outcome}, {ruling.LeftOut.Length} left out");
        SendAll(Active!, ruling);
        Inquire(now);
    }

    private void EndInquiry(long now)
    {
        if (!DropTheSilent(_inquiry!.HasAnswer, now)) _inquiry.WaitUntil(now + rules.SettleMs);
    }

    private void DropInquiries()
    {
        _inquiry = null;
        _late.Clear();
    }
}
