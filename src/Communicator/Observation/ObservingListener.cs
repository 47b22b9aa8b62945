using Collectives.Communication.Recording;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Progress;

namespace Collectives.Communication.Observation;

/// <summary>
/// Stands before the listener that acts on the coordinator's word: records it, and reports when a heartbeat has gone
/// out. Called on the session's thread; the recorder and the reporter are the loop's.
/// </summary>
internal sealed class ObservingListener(ICoordinatorListener acts, ILoop loop, FlightRecorder recorder, Reporter reporter) : ICoordinatorListener
{
    public void OnBeat() => loop.Post(reporter);

    public void OnWaiting(Waiting waiting) => acts.OnWaiting(waiting);

    public void OnForm(Form form)
    {
        Post(() => recorder.Epoch(FlightEventKind.EpochForming, form.Roster.Epoch, form.Roster.RankOf(recorder.Self), form.Roster.World));
        acts.OnForm(form);
    }

    public void OnActivate(Activate activate) => acts.OnActivate(activate);

    public void OnProbe(Probe probe) => acts.OnProbe(probe);

    public void OnPending(uint count, bool hasBetterOrder)
    {
        Post(() => recorder.Note(FlightEventKind.PendingChanged, count: count));
        acts.OnPending(count, hasBetterOrder);
    }

    public void OnSettle(Settle settle)
    {
        Post(() =>
        {
            foreach (Loss loss in settle.Losses) recorder.MemberLost(settle.Epoch, loss.Member, loss.Reason, loss.Text);
            recorder.Epoch(FlightEventKind.EpochSettling, settle.Epoch, -1, 0);
        });
        acts.OnSettle(settle);
    }

    public void OnVerdict(Verdict verdict) => acts.OnVerdict(verdict);

    public void OnInquire(Inquire inquire) => acts.OnInquire(inquire);

    public void OnRuling(Ruling ruling) => acts.OnRuling(ruling);

    public void OnRelay(Relay relay) => acts.OnRelay(relay);

    public void OnRecall() => acts.OnRecall();

    public void OnEvicted(Evicted evicted)
    {
        Post(() => recorder.Note(FlightEventKind.Evicted, evicted.Text));
        acts.OnEvicted(evicted);
    }

    public void OnRefused(Refused refused)
    {
        Post(() => recorder.Note(FlightEventKind.CoordinatorRefused, refused.Text));
        acts.OnRefused(refused);
    }

    public void OnDisconnected(Fault fault)
    {
        Post(() => recorder.Note(FlightEventKind.CoordinatorLost, fault.Message));
        acts.OnDisconnected(fault);
    }

    public void OnReconnected()
    {
        Post(() =>
        {
            recorder.Note(FlightEventKind.CoordinatorBack);
            reporter.Forget();
        });
        acts.OnReconnected();
    }

    private void Post(Action action) => loop.Post(new Message(action));

    private sealed class Message(Action action) : ILoopMessage
    {
        public void Run() => action();
    }
}
